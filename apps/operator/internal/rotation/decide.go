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

// Missing replaces the fingerprint of a key that does not exist.
const Missing = "-"

// Observed is the state of the secrets that a Deployment was applied with. The
// Deployment keeps it in an annotation.
type Observed struct {
	// KeyID is the [Store.KeyID] of the fingerprints.
	KeyID string `json:"key"`
	// Refs are the fingerprints, by SECRET/KEY.
	Refs map[string]string `json:"refs"`
}

// ParseObserved parses the result of [Observed.String]. For any other text it returns
// the zero Observed, which is compared with nothing.
func ParseObserved(text string) Observed {
	var o Observed
	if json.Unmarshal([]byte(text), &o) != nil {
		return Observed{}
	}
	return o
}

// String returns o as one line of JSON.
func (o Observed) String() string {
	text, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	return string(text)
}

// Token returns a hash of all fingerprints. It is an annotation of the pod template, so
// that another token replaces the pods.
func (o Observed) Token() string {
	hash := sha256.New()
	for _, ref := range slices.Sorted(maps.Keys(o.Refs)) {
		hash.Write([]byte(ref + "\x00" + o.Refs[ref] + "\x00"))
	}
	return o.KeyID + "-" + hex.EncodeToString(hash.Sum(nil)[:6])
}

// Changed returns the references whose fingerprints differ from those in before,
// sorted. It returns none if before was made with another key, since its fingerprints
// cannot be compared.
func (o Observed) Changed(before Observed) []string {
	if o.KeyID != before.KeyID {
		return nil
	}
	return rotate.Compare(before.Refs, o.Refs).Changed
}

// Live is the state in the existing Deployment.
type Live struct {
	// Token is the token of the pod template; empty if there is no Deployment.
	Token    string
	Observed Observed
	// RotatedAt is the time of the last restart for a changed secret; zero for never.
	RotatedAt time.Time
}

// Policy is the server's policy for changed secrets.
type Policy struct {
	// Restart is true if a change restarts the pods.
	Restart bool
	// Interval is the minimum time between two restarts.
	Interval time.Duration
	// Replaced is true if the pods are replaced because of another change.
	Replaced bool
}

// Decision is the result of [Decide].
type Decision struct {
	// Token is the token for the pod template.
	Token     string
	RotatedAt time.Time
	// Changed are the references whose change restarts the pods; empty without a
	// restart.
	Changed []string
	// RetryAfter is the time after which to decide again; zero if no restart waits.
	RetryAfter time.Duration
}

// Decide compares the secrets with those that the live Deployment was applied with.
// It restarts nothing if the live token was made with another key, so that an
// installation that lost its key adopts the running pods.
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

// changed returns the references in which the pods differ from current. If the
// observed fingerprints are current but the token of the pods is not, the secrets
// changed while the policy did not restart the pods: then it returns all references,
// since any of them may have changed.
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
