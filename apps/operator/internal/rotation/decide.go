package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
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

// Changed are the references whose fingerprints differ, sorted; none where before
// was made with another key, which says nothing about the values.
func (o Observed) Changed(before Observed) []string {
	if o.KeyID != before.KeyID {
		return nil
	}
	var changed []string
	for ref, of := range o.Refs {
		if last, had := before.Refs[ref]; had && last != of {
			changed = append(changed, ref)
		}
	}
	slices.Sort(changed)
	return changed
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
	// Anyway says that the pods are replaced in any case, for another change.
	Anyway bool
}

// Decision is what to do about the secrets as they are now.
type Decision struct {
	// Token is for the template.
	Token     string
	RotatedAt time.Time
	// Restarts says that the token is another one for the secrets' sake.
	Restarts bool
	// After is when to look again, zero where there is nothing to wait for.
	After time.Duration
}

// Decide compares the secrets with what the live Deployment was made with. It
// restarts nothing where the live token was made with another key: an
// installation whose key was lost adopts what runs.
func Decide(now time.Time, current Observed, live Live, policy Policy) Decision {
	token := current.Token()
	keep := Decision{Token: live.Token, RotatedAt: live.RotatedAt}
	switch {
	case live.Token == "" || policy.Anyway:
		return Decision{Token: token, RotatedAt: live.RotatedAt}
	case !policy.Restart || !differs(current, live):
		return keep
	}
	if wait := live.RotatedAt.Add(policy.Interval).Sub(now); wait > 0 {
		keep.After = wait
		return keep
	}
	return Decision{Token: token, RotatedAt: now.Truncate(time.Second), Restarts: true}
}

func differs(current Observed, live Live) bool {
	if strings.HasPrefix(live.Token, current.KeyID+"-") {
		return live.Token != current.Token()
	}
	return len(current.Changed(live.Observed)) > 0
}
