package consent_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/launchtest"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// grants are what was granted, each method with its own keys, and what is saved.
type grants struct {
	image, workload []string
	elsewhere       []access.Item
	err             error
	saved           map[string]workload.Spec
	settled         bool
	calls           []string
}

func (g *grants) Ungranted(_ string, items []access.Item) ([]access.Item, error) {
	g.calls = append(g.calls, "image")
	return access.Missing(items, g.image), g.err
}

func (g *grants) UngrantedTo(_, _ string, items []access.Item) ([]access.Item, error) {
	g.calls = append(g.calls, "workload")
	return access.Missing(items, g.workload), g.err
}

func (g *grants) GrantedElsewhere(_ string, items []access.Item) ([]access.Item, error) {
	g.calls = append(g.calls, fmt.Sprintf("elsewhere of %d", len(items)))
	return g.elsewhere, g.err
}

func (g *grants) Load(name string) (workload.Spec, error) {
	spec, is := g.saved[name]
	if !is {
		return spec, secret.ErrNotFound
	}
	return spec, nil
}

func (g *grants) Settle(string, string, []access.Item) error {
	g.settled = true
	return nil
}

// items are those of a workload that gets the secrets refs.
func items(refs ...string) []access.Item {
	request := access.Request{Spec: spec("")}
	for _, ref := range refs {
		request.Secrets = append(request.Secrets, access.Binding{Ref: ref, Target: strings.ToUpper(ref)})
	}
	return slices.DeleteFunc(request.Items(), func(i access.Item) bool { return i.Kind != access.Secret })
}

func spec(name string) workload.Spec {
	return workload.Spec{SchemaVersion: workload.SchemaVersion, Name: name, Image: "example/web:1", Transport: workload.TransportStdio}
}

func TestAsk_WhoIsAskedAboutWhat(t *testing.T) {
	t.Parallel()
	all := items("api-key", "other")
	elsewhere := items(secret.SystemPrefix + "chat_TOKEN")
	for name, c := range map[string]struct {
		plan   describe.Plan
		grants grants
		items  []access.Item
		calls  string
		want   string // in the question; empty if there is none
	}{
		"the command line says it":      {describe.Plan{Spec: spec("")}, grants{}, all, "", ""},
		"stored for another server":     {describe.Plan{Spec: spec("")}, grants{elsewhere: elsewhere}, append(all, elsewhere...), "elsewhere of 1", "chat_TOKEN goes to image example/web:1, which has not had it before"},
		"a RunConfig from elsewhere":    {describe.Plan{Spec: spec(""), From: "web.json"}, grants{}, all, "image", "api-key, other go to image example/web:1, which has not had them before"},
		"of which the image had one":    {describe.Plan{Spec: spec(""), From: "web.json"}, grants{image: access.Keys(all[:1])}, all, "image", "other goes to image example/web:1"},
		"of which the image had all":    {describe.Plan{Spec: spec(""), From: "web.json"}, grants{image: access.Keys(all)}, all, "image", ""},
		"saved here, for this workload": {describe.Plan{Spec: spec(""), From: "web", Saved: "web"}, grants{image: access.Keys(all)}, all, "workload", "go to image example/web:1 in workload web"},
		"saved here, and granted":       {describe.Plan{Spec: spec(""), From: "web", Saved: "web"}, grants{workload: access.Keys(all)}, all, "workload", ""},
		"nothing to get":                {describe.Plan{Spec: spec(""), From: "web.json"}, grants{}, nil, "", ""},
		"what was had cannot be read":   {describe.Plan{Spec: spec(""), From: "web.json"}, grants{image: access.Keys(all), err: secret.ErrCorrupt}, all, "image", "api-key, other go to image"},
		"no state directory":            {describe.Plan{Spec: spec(""), From: "web.json"}, grants{image: access.Keys(all), err: secret.ErrUnavailable}, all, "image", "api-key, other go to image"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := &launchtest.User{Present: true, Yes: true}
			err := consent.Consent{Asker: user, Grants: &c.grants}.Ask(t.Context(), c.plan, c.items)
			if err != nil {
				t.Fatal(err)
			}
			asked := strings.Join(user.Asked(), "\n")
			if calls := strings.Join(c.grants.calls, " "); calls != c.calls {
				t.Errorf("got the look-ups %q, want %q", calls, c.calls)
			}
			if (asked == "") != (c.want == "") || !strings.Contains(asked, c.want) {
				t.Errorf("got the question %q, want %q", asked, c.want)
			}
		})
	}
}

func TestAsk_WhatTheReplyDoes(t *testing.T) {
	t.Parallel()
	plan := describe.Plan{Spec: spec(""), From: "web.json"}
	for name, c := range map[string]struct {
		consent consent.Consent
		user    *launchtest.User
		is      error
		asks    int
	}{
		"yes":                              {user: &launchtest.User{Present: true, Yes: true}, asks: 1},
		"no":                               {user: &launchtest.User{Present: true}, is: terminal.ErrNothingDone, asks: 1},
		"no terminal":                      {user: &launchtest.User{}, is: secret.ErrUsage},
		"no terminal and --yes":            {consent: consent.Consent{Yes: true}, user: &launchtest.User{}},
		"a RunConfig on standard input":    {consent: consent.Consent{Piped: true}, user: &launchtest.User{}, is: terminal.ErrNoTerminal, asks: 1},
		"--yes at a terminal asks nothing": {consent: consent.Consent{Yes: true}, user: &launchtest.User{Present: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.consent.Asker, c.consent.Grants = c.user, &grants{}
			err := c.consent.Ask(t.Context(), plan, items("api-key"))
			if !errors.Is(err, c.is) {
				t.Errorf("got %v, want %v", err, c.is)
			}
			if got := len(c.user.Asked()); got != c.asks {
				t.Errorf("got %d questions, want %d", got, c.asks)
			}
			if errors.Is(err, secret.ErrUsage) && !strings.Contains(err.Error(), "--yes answers the question: api-key goes to image") {
				t.Errorf("got %v, want the option and the question", err)
			}
		})
	}
}

func TestAsk_WhatIsReplaced(t *testing.T) {
	t.Parallel()
	other, changed, copied := spec("web"), spec("web"), spec("web")
	other.Image = "example/other:1"
	changed.SavedFrom, changed.Volumes = "/other.json", []string{"/a:/b"}
	copied.SavedFrom, copied.Volumes = "/web.json", []string{"/a:/b"}
	mine := spec("web")
	mine.SavedFrom = "/web.json"
	for name, c := range map[string]struct {
		there workload.Spec
		plan  describe.Plan
		want  string
	}{
		"the same":                     {spec("web"), describe.Plan{Spec: spec("web")}, ""},
		"another image":                {other, describe.Plan{Spec: spec("web")}, "web is saved with image example/other:1. Replace it by one with image example/web:1?"},
		"other content":                {changed, describe.Plan{Spec: spec("web")}, "web is saved with other content: volumes. Replace it once this run has started?"},
		"other content from elsewhere": {changed, describe.Plan{Spec: mine, From: "web.json"}, "and not from web.json. Replace it?"},
		"a copy of the same file":      {copied, describe.Plan{Spec: mine, From: "web.json"}, ""},
		"what is saved here":           {changed, describe.Plan{Spec: spec("web"), From: "web", Saved: "web"}, ""},
		"a run apart saves nothing":    {other, describe.Plan{Spec: spec("web"), Apart: true}, ""},
		"no name was given":            {other, describe.Plan{Spec: spec("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := &launchtest.User{Present: true, Yes: true}
			err := consent.Consent{Asker: user, Grants: &grants{saved: map[string]workload.Spec{"web": c.there}}}.Ask(t.Context(), c.plan, nil)
			asked := strings.Join(user.Asked(), "\n")
			if err != nil || (asked == "") != (c.want == "") || !strings.Contains(asked, c.want) {
				t.Errorf("got the question %q and %v, want %q", asked, err, c.want)
			}
		})
	}
}

func TestTo_ListsEveryItemBeforeALongQuestion(t *testing.T) {
	t.Parallel()
	var refs []string
	for i := range access.MaxListed + 2 {
		refs = append(refs, fmt.Sprintf("key-%02d", i))
	}
	user := &launchtest.User{Present: true, Yes: true}
	c := consent.Consent{Asker: user, Grants: &grants{}}
	if err := c.To(t.Context(), "web", "example/web:1", items(refs...)); err != nil {
		t.Fatal(err)
	}
	foretold := &launchtest.User{}
	c.Asker = foretold
	if err := c.Preview(describe.Plan{Spec: spec(""), From: "web.json"}, items(refs...)); err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		if !strings.Contains(user.Said(), ref) || !strings.Contains(foretold.Said(), ref) {
			t.Errorf("%s: got %q and %q, want it in both lists", ref, user.Said(), foretold.Said())
		}
	}
	if len(foretold.Asked()) > 0 {
		t.Errorf("got the question %q, want a dry run to ask nothing", foretold.Asked())
	}
}

func TestSupervised_RefusesWhatWasNotGranted(t *testing.T) {
	t.Parallel()
	all := items("api-key", "other")
	check := func(g *grants, granted []string) error {
		return consent.Supervised{Grants: g, Name: "web", Image: "example/web:1", Granted: granted, Running: func() bool { return true }}.Check(t.Context(), all)
	}
	if err := check(&grants{err: secret.ErrUnavailable}, access.Keys(all)); err != nil {
		t.Errorf("granted at the start: got %v, want nil without a look-up", err)
	}
	since := &grants{workload: access.Keys(all)}
	if err := check(since, access.Keys(all[:1])); err != nil || !since.settled {
		t.Errorf("granted since: got %v, settled %t; want nil, and settled", err, since.settled)
	}
	for name, g := range map[string]*grants{"not granted": {}, "what was granted is damaged": {workload: access.Keys(all), err: secret.ErrCorrupt}} {
		var refused *access.UngrantedError
		err := check(g, access.Keys(all[:1]))
		if !errors.As(err, &refused) || len(refused.Items) != 1 || refused.Items[0].Name != "other" || !refused.Running || g.settled {
			t.Errorf("%s: got %v, want the other item refused", name, err)
		}
	}
	if err := check(&grants{err: secret.ErrUnavailable}, nil); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("nothing can be read: got %v, want the error", err)
	}
}
