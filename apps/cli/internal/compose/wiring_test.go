package compose

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// What configurations, scripts and workloads depend on does not change by itself.
func TestBuiltin_DescribesThvsOwnProviders(t *testing.T) {
	type facts struct {
		Scheme                 string
		SchemeOnly, Local      bool
		Detection              rotation.Detection
		Advised, Unprepared    []secret.Class
		Former, Unlocking      []string
		Reserved               []string
		InCluster, WatchesFile bool
	}
	want := map[string]facts{
		"encrypted": {
			Scheme: "thv", Local: true, Detection: rotation.Watched, WatchesFile: true,
			Former: []string{"basic", "file", "keyring"}, Reserved: []string{"encrypted", "thv"},
		},
		"1password": {
			Scheme: "op", Former: []string{"onepassword", "1pass", "op"}, Reserved: []string{"1password", "op"},
			Unlocking: []string{"OP_SERVICE_ACCOUNT_TOKEN"}, Unprepared: []secret.Class{secret.ClassLocked},
			Advised: []secret.Class{secret.ClassDenied, secret.ClassLocked, secret.ClassUnavailable},
		},
		"environment": {
			Scheme: "env", Local: true, Detection: rotation.Immutable, Former: []string{"env"}, Reserved: []string{"environment", "env"},
		},
		"none":    {Local: true, Detection: rotation.Immutable, Reserved: []string{"none"}},
		"keyring": {Scheme: "keyring", SchemeOnly: true, Local: true, Advised: []secret.Class{secret.ClassLocked}, Reserved: []string{"keyring", "keyring"}},
		"k8s": {
			Scheme: "k8s", SchemeOnly: true, InCluster: true, Advised: []secret.Class{secret.ClassDenied, secret.ClassUnavailable},
			Reserved: []string{"k8s", "kubernetes", "k8s"},
		},
	}
	got := map[string]facts{}
	for _, d := range (&openers{store: "/store"}).descriptors(builtin()) {
		f := facts{
			Scheme: d.Scheme, SchemeOnly: d.SchemeOnly, Local: d.Local, Detection: d.Detection, Unprepared: d.Unprepared,
			Former: d.Former, Unlocking: d.Unlocking, Reserved: d.Reserves(), InCluster: d.InCluster,
			WatchesFile: slices.Equal(d.Files, []string{"/store"}),
		}
		for class := range d.Advice {
			f.Advised = append(f.Advised, class)
		}
		slices.Sort(f.Advised)
		got[d.Name] = f
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVolatile_TakesNoOneTimePasswordForAChange(t *testing.T) {
	p := &app.Providers{Descriptors: (&openers{}).descriptors(builtin())}
	for text, want := range map[string]bool{
		"op://vault/item/one-time password?attribute=otp": true, "op://vault/item/field?attribute=totp": true,
		"op://vault/item/field": false, "op://vault/item/key?ssh-format=openssh": false,
		"other://vault/item?attribute=otp": false, "name?attribute=otp": false,
	} {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Volatile(ref); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestNotice_OfWhatIsNotKnownIsToAsk(t *testing.T) {
	p := &app.Providers{Descriptors: (&openers{}).descriptors(builtin())}
	if got := p.ChangeDetection("a-program"); got != rotation.Polled {
		t.Errorf("got %v, want %v", got, rotation.Polled)
	}
}
