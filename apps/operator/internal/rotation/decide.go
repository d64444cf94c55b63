package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/workload"
)

// Missing stands for the fingerprint of a key that is not there.
const Missing = "-"

// Observed is what the Deployment remembers of the secrets it was applied with.
type Observed struct {
	// KeyID is that of the Store that made the fingerprints.
	KeyID string `json:"key"`
	// Refs are fingerprints by SECRET/KEY.
	Refs map[string]string `json:"refs"`
}

// ParseObserved reads what String has written; anything else is the zero Observed,
// with which nothing is compared.
func ParseObserved(text string) Observed {
	var o Observed
	if json.Unmarshal([]byte(text), &o) != nil {
		return Observed{}
	}
	return o
}

// String is one line of JSON.
func (o Observed) String() string {
	text, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	return string(text)
}

// Token stands on the pods' template for all of the fingerprints: another token is
// another template.
func (o Observed) Token() string {
	hash := sha256.New()
	for _, ref := range slices.Sorted(maps.Keys(o.Refs)) {
		hash.Write([]byte(ref + "\x00" + o.Refs[ref] + "\x00"))
	}
	return o.KeyID + "-" + hex.EncodeToString(hash.Sum(nil)[:6])
}

// Changed returns the references whose fingerprints differ, sorted; none if before was
// made with another key, which says nothing about the values.
func (o Observed) Changed(before Observed) []string {
	if o.KeyID != before.KeyID {
		return nil
	}
	return rotate.Compare(before.Refs, o.Refs).Changed
}

// Live is what the Deployment that is there says of its pods.
type Live struct {
	// Token is that of the template; empty where there is no Deployment.
	Token    string
	Observed Observed
	// RotatedAt is when a changed secret last restarted the pods, zero for never.
	RotatedAt time.Time
}

// Policy is what the server asks for.
type Policy struct {
	// Restart is whether a change restarts the pods at all.
	Restart bool
	// Interval is the least time between two restarts.
	Interval time.Duration
	// Replaced says that the pods are replaced in any case, for another change.
	Replaced bool
}

// Decision is what to do about the secrets as they are now.
type Decision struct {
	// Token is for the template.
	Token     string
	RotatedAt time.Time
	// Changed are the references whose change restarts the pods; none if it does not.
	Changed []string
	// RetryAfter is when to decide again; zero if there is nothing to wait for.
	RetryAfter time.Duration
}

// Decide compares the secrets with what the live Deployment was made with. It
// restarts nothing where the live token was made with another key: an
// installation whose key was lost adopts what runs.
func Decide(now time.Time, current Observed, live Live, policy Policy) Decision {
	token := current.Token()
	keep := Decision{Token: live.Token, RotatedAt: live.RotatedAt}
	if live.Token == "" || policy.Replaced {
		return Decision{Token: token, RotatedAt: live.RotatedAt}
	}
	situation := rotate.Situation{Changed: changed(current, live), Acted: live.RotatedAt}
	decision := rotate.Decide(now, situation, rotate.Policy{Change: workload.SecretChange{Restart: policy.Restart}, Spacing: policy.Interval})
	switch decision.Action {
	case rotate.Restart:
		return Decision{Token: token, RotatedAt: now.Truncate(time.Second), Changed: decision.Changed}
	case rotate.Wait:
		keep.RetryAfter = decision.Until.Sub(now)
	}
	return keep
}

// changed returns the references whose change makes current another state than that of
// the pods. A token tells more than what is observed: if that was already current while no
// change was to restart anything, it may be any of them.
func changed(current Observed, live Live) []string {
	refs := current.Changed(live.Observed)
	if !strings.HasPrefix(live.Token, current.KeyID+"-") {
		return refs
	}
	switch {
	case live.Token == current.Token():
		return nil
	case len(refs) == 0:
		return slices.Sorted(maps.Keys(current.Refs))
	}
	return refs
}
