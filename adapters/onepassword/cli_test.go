package onepassword

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestCLI_Conforms(t *testing.T) {
	dirs, behind := map[provider.Provider]string{}, map[provider.Provider]*script{}
	h := harness(t)
	open := func(t testing.TB, s *script) provider.Provider {
		p, dir := opIn(t, *s, CLIConfig{Vault: "Names"})
		dirs[p], behind[p] = dir, s
		return p
	}
	h.New = func(t testing.TB) provider.Provider { return open(t, &script{}) }
	h.Reopen = func(t testing.TB, p provider.Provider) provider.Provider { return open(t, behind[p]) }
	h.Seed = func(t testing.TB, p provider.Provider, ref secret.Ref, value secret.Value) {
		store := &service{All: behind[p].All}
		store.put(seedable(t, ref), string(value.Bytes()))
		behind[p].All = store.All
		stage(t, dirs[p], *behind[p])
	}
	h.Break = func(t testing.TB, p provider.Provider) {
		words := "[ERROR] 2026/11/24 12:00:00 something new"
		if all := behind[p].All; len(all) > 0 {
			words += ", not found: " + all[0].Value
		}
		stage(t, dirs[p], script{Words: words, Status: 1})
	}
	h.Hang = func(t testing.TB, p provider.Provider) { stage(t, dirs[p], script{Hang: true}) }
	providertest.Run(t, h)
}

func TestCLI_RunsOpWithWhatItIsToldAndNothingElse(t *testing.T) {
	t.Setenv("THV_TEST_CANARY", "of this process")
	c, dir := opIn(t, script{All: []held{{"My Vault", "i", "", "credential", "value\n"}}}, CLIConfig{Vault: "My Vault", Environ: []string{"HOME=/nowhere"}})
	got, err := c.Get(t.Context(), ref(t, "i"))
	if err != nil || string(got.Bytes()) != "value\n" {
		t.Fatalf("%d bytes, %v", got.Len(), err)
	}
	calls := callsIn(t, dir)
	if len(calls) != 1 {
		t.Fatalf("%d runs", len(calls))
	}
	if diff := cmp.Diff([]string{"read", "--no-newline", "op://My Vault/i/credential"}, calls[0].Args); diff != "" {
		t.Error(diff)
	}
	if environ := strings.Join(calls[0].Environ, "\n"); strings.Contains(environ, "CANARY") || !strings.Contains(environ, "HOME=/nowhere") {
		t.Errorf("its environment is %s", environ)
	}
	if calls[0].Stdin != 0 {
		t.Error("it has an input")
	}
}

func TestCLI_RunsNothingForWhatIsNoReference(t *testing.T) {
	c, dir := opIn(t, script{}, CLIConfig{})
	for _, text := range []string{"bare", "op://v/i", "env://X", "op://v/i/--x(y)"} {
		if _, err := c.Get(t.Context(), ref(t, text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	if calls := callsIn(t, dir); len(calls) != 0 {
		t.Errorf("op ran: %v", calls)
	}
}

func TestCLI_TakesTheAttributesOfOp(t *testing.T) {
	c, dir := opIn(t, script{Out: "CONCEALED"}, CLIConfig{})
	if got, err := c.Get(t.Context(), ref(t, "op://v/i/f?attribute=type")); err != nil || string(got.Bytes()) != "CONCEALED" {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	if got := callsIn(t, dir)[0].Args[2]; got != "op://v/i/f?attribute=type" {
		t.Error(got)
	}
}

func TestCLI_NotFoundIsRemembered(t *testing.T) {
	c, dir := opIn(t, script{}, CLIConfig{})
	for range 3 {
		if _, err := c.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrNotFound) {
			t.Error(err)
		}
	}
	if n := len(callsIn(t, dir)); n != 1 {
		t.Errorf("op ran %d times", n)
	}
}

// encoded are 20 fields of an item that op:// cannot name.
func encoded(t testing.TB) (all []held, asked []secret.Ref) {
	for n := range 20 {
		name := "käy" + strings.Repeat("x", n)
		all = append(all, held{"Work", "a/b", "", name, "value of " + name})
		asked = append(asked, ref(t, "op://Work/a%2Fb/k%C3%A4y"+strings.Repeat("x", n)))
	}
	return all, asked
}

// verbs counts the runs of the op in dir by its first two words.
func verbs(t testing.TB, dir string) map[string]int {
	count := map[string]int{}
	for _, c := range callsIn(t, dir) {
		count[c.Args[0]+" "+c.Args[1]]++
	}
	return count
}

func TestCLI_LooksANameUpOnceInItsLife(t *testing.T) {
	all, asked := encoded(t)
	c, dir := opIn(t, script{All: all}, CLIConfig{})
	var callers sync.WaitGroup
	for n, ref := range append(asked, asked[0]) {
		callers.Go(func() {
			got, err := c.Get(t.Context(), ref)
			if want := all[n%len(all)].Value; err != nil || string(got.Bytes()) != want {
				t.Errorf("%d: %d bytes, %v", n, got.Len(), err)
			}
		})
	}
	callers.Wait()
	if _, err := c.Get(t.Context(), asked[1]); err != nil {
		t.Error(err)
	}
	want := map[string]int{"vault list": 1, "item list": 1, "item get": 1, "read --no-newline": 22}
	if diff := cmp.Diff(want, verbs(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestCLI_AFailedLookupIsNoAbsenceAndIsAskedAgain(t *testing.T) {
	all, asked := encoded(t)
	c, dir := opIn(t, script{Words: "(429) Too Many Requests", Status: 1}, CLIConfig{})
	for range 2 {
		if _, err := c.Get(t.Context(), asked[0]); !errors.Is(err, secret.ErrUnavailable) {
			t.Error(err)
		}
	}
	stage(t, dir, script{All: all})
	if got, err := c.Get(t.Context(), asked[0]); err != nil || string(got.Bytes()) != all[0].Value {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
}

func TestCLI_AnItemWithoutAnAnswerIsNoEmptyOne(t *testing.T) {
	c, _ := opIn(t, script{Out: "\n"}, CLIConfig{})
	if _, err := c.Get(t.Context(), ref(t, "op://"+id("v")+"/"+id("i")+"/k%C3%A4y")); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}

func TestCLI_ListHoldsNoEmptyFields(t *testing.T) {
	c, _ := opIn(t, script{All: []held{{"Work", "GitHub", "Admin", "token", "Canary"}}}, CLIConfig{})
	got, err := collect(c.List(t.Context()))
	want := []secret.Info{{
		Name:        "op://" + id("Work") + "/" + id("GitHub") + "/" + id("Admin") + "/" + id("token"),
		Description: "Work :: GitHub :: token",
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// opWords are what op 2 was seen to say, with the class of each.
var opWords = map[string]secret.Class{
	`"Nope" isn't a vault in this account. Specify the vault with its ID or name.`:                                                                   secret.ClassNotFound,
	`could not read secret op://V/i/f: could not get item V/i: "i" isn't an item in the "V" vault. Specify the item with its UUID, name, or domain.`: secret.ClassNotFound,
	`"typo" isn't an item. Specify the item with its UUID, name, or domain.`:                                                                         secret.ClassNotFound,
	`could not read secret 'op://V/i/f': item 'V/i' does not have a field 'f'`:                                                                       secret.ClassNotFound,
	"More than one item matches \"i\". Try again and specify the item by its ID:\n\t* for the item \"i\" in vault V: abc":                            secret.ClassConflict,
	"you are not currently signed in. Please run `op signin --help` for instructions":                                                                secret.ClassLocked,
	"account is not signed in":                                                                               secret.ClassLocked,
	"No accounts configured for use with 1Password CLI.":                                                     secret.ClassLocked,
	"authorization prompt dismissed, please try again":                                                       secret.ClassLocked,
	"error initializing client: the 1Password app is locked":                                                 secret.ClassLocked,
	"(401) Unauthorized: You aren't authorized to perform this action.":                                      secret.ClassDenied,
	"(403) Forbidden: You don't have permission to perform this action.":                                     secret.ClassDenied,
	"failed to session.DecodeSACredentials: invalid credentials":                                             secret.ClassDenied,
	"(429) Too Many Requests: You've reached the maximum. Please retry in 59 minutes or try other requests.": secret.ClassUnavailable,
	`invalid character in secret reference: '('`:                                                             secret.ClassInvalidRef,
	"an unknown failure: Canary":                                                                             secret.ClassUnavailable,
	"item not found":                                                                                         secret.ClassUnavailable,
	"does not have a field f":                                                                                secret.ClassUnavailable,
	"":                                                                                                       secret.ClassUnavailable,
	"account is not signed in\n[ERROR] \"V\" isn't a vault in this account":                                  secret.ClassLocked,
	"(429) Too Many Requests\n[ERROR] \"i\" isn't an item. Specify":                                          secret.ClassUnavailable,
}

func TestCLI_ClassesOfWhatOpSays(t *testing.T) {
	for words, want := range opWords {
		c, _ := opIn(t, script{Words: "[ERROR] 2026/11/24 12:00:00 " + words, Status: 1}, CLIConfig{})
		_, err := c.Get(t.Context(), ref(t, "op://v/i/f"))
		if secret.ClassOf(err) != want || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%q: %v", words, err)
		}
		var retry interface{ RetryAfter() time.Duration }
		if strings.Contains(words, "59 minutes") && (!errors.As(err, &retry) || retry.RetryAfter() != 59*time.Minute) {
			t.Errorf("%v does not tell the time", err)
		}
	}
}

func TestCLI_AnotherStatusIsNoAbsence(t *testing.T) {
	c, _ := opIn(t, script{Words: `"i" isn't an item. Specify`, Status: 2}, CLIConfig{})
	if _, err := c.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}

func TestCLI_UnreadableListsAreNoEmptyOnes(t *testing.T) {
	for _, out := range []string{"Canary", `{"Canary":1}`, `[{"id":"Canary"`} {
		c, _ := opIn(t, script{Out: out}, CLIConfig{})
		if err := c.Check(t.Context()); !errors.Is(err, secret.ErrUnavailable) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%q: %v", out, err)
		}
	}
}

func TestCLI_BoundsWhatOpAnswers(t *testing.T) {
	c, _ := opIn(t, script{Out: strings.Repeat("x", maxValue)}, CLIConfig{})
	if got, err := c.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || got.Len() != maxValue {
		t.Errorf("the largest: %d bytes, %v", got.Len(), err)
	}
	c, _ = opIn(t, script{Out: strings.Repeat("x", maxValue+1)}, CLIConfig{})
	if _, err := c.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrTooLarge) {
		t.Error(err)
	}
	c, _ = opIn(t, script{Words: strings.Repeat("x", 2*maxError), Status: 1}, CLIConfig{})
	if _, err := c.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("words without end: %v", err)
	}
}

func TestCLI_NeedsAProgram(t *testing.T) {
	plainFile := filepath.Join(t.TempDir(), "op")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "op", "./op", filepath.Join(t.TempDir(), "none"), plainFile} {
		err := NewCLI(CLIConfig{Path: path}).Check(t.Context())
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Errorf("%q: %v", path, err)
		}
		if says := "absolute path"; strings.Contains(err.Error(), says) == filepath.IsAbs(path) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestCLI_EndsWithItsTime(t *testing.T) {
	c, _ := opIn(t, script{Hang: true}, CLIConfig{Timeout: 50 * time.Millisecond})
	if err := c.Check(context.Background()); !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "within") {
		t.Error(err)
	}
}
