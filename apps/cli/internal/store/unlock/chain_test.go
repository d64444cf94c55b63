package unlock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// ring is a keyring in memory, or one that fails with err.
type ring struct {
	kept map[string]string
	err  error
}

func (r *ring) Password(_ context.Context, account string) (secret.Value, error) {
	if r.err != nil {
		return secret.Value{}, r.err
	}
	if text, ok := r.kept[account]; ok {
		return value(text), nil
	}
	return secret.Value{}, fmt.Errorf("%w: no item", secret.ErrNotFound)
}

func (r *ring) Keep(_ context.Context, account string, password secret.Value) error {
	if r.err != nil {
		return r.err
	}
	r.kept[account] = string(password.Bytes())
	return nil
}

func (r *ring) Forget(_ context.Context, account string) error {
	if r.err != nil {
		return r.err
	}
	if _, ok := r.kept[account]; !ok {
		return secret.ErrNotFound
	}
	delete(r.kept, account)
	return nil
}

// person types answers.
type person struct{ types string }

func (p person) Interactive() bool { return p.types != "" }
func (p person) Hidden(context.Context, string) (secret.Value, error) {
	return value(p.types), nil
}
func (p person) HiddenTwice(context.Context, string, string) (secret.Value, error) {
	return value(p.types), nil
}

func value(s string) secret.Value { return secret.NewValue([]byte(s)) }

var (
	request = filestore.Request{Account: "a", Path: "/store"}
	absent  = fmt.Errorf("%w: no session bus", secret.ErrUnsupported)
	broken  = fmt.Errorf("%w: did not answer", secret.ErrUnavailable)
)

func empty() *ring            { return &ring{kept: map[string]string{}} }
func having(s string) *ring   { return &ring{kept: map[string]string{"a": s}} }
func failing(err error) *ring { return &ring{err: err} }

func ladder(variable string, desktop, kernel *ring, p person) *SourceChain {
	return New(Config{
		Given: []PasswordSource{Variable("V", value(variable))},
		Keyrings: []Keyring{
			{Name: "OS keyring", Source: desktop, Persistent: true},
			{Name: "kernel keyring", Source: kernel},
		},
		Fallback: []PasswordSource{Credential("")},
		Prompter: p,
	})
}

func TestKey_FirstRungWithAnAnswerWins(t *testing.T) {
	for name, c := range map[string]struct {
		ladder *SourceChain
		want   string
	}{
		"variable":                  {ladder("v", having("os"), having("k"), person{"p"}), "v"},
		"OS keyring":                {ladder("", having("os"), having("k"), person{"p"}), "os"},
		"kernel after an empty OS":  {ladder("", empty(), having("k"), person{"p"}), "k"},
		"kernel after an absent OS": {ladder("", failing(absent), having("k"), person{"p"}), "k"},
		"kernel after a broken OS":  {ladder("", failing(broken), having("k"), person{"p"}), "k"},
		"person":                    {ladder("", empty(), failing(absent), person{"p"}), "p"},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := c.ladder.Key(context.Background(), request)
			if err != nil || !key.Password.Equal(value(c.want)) {
				t.Errorf("From %q, %v", key.From, err)
			}
		})
	}
}

func TestKey_ListsEveryRungWhereNoneHasIt(t *testing.T) {
	_, err := ladder("", empty(), failing(absent), person{}).Key(context.Background(), request)
	if !errors.Is(err, secret.ErrLocked) || errors.Is(err, secret.ErrNotFound) {
		t.Errorf("class of %v", err)
	}
	for _, want := range []string{"/store", "V: ", "OS keyring: ", "kernel keyring: ", "systemd credential: ", "the prompt: ", "thv secret setup"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestKey_BrokenRungMakesItUnavailable(t *testing.T) {
	_, err := ladder("", failing(broken), empty(), person{}).Key(context.Background(), request)
	if !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
}

func TestKey_AsksNobodyWhenQuiet(t *testing.T) {
	quiet := request
	quiet.Quiet = true
	if _, err := ladder("", empty(), empty(), person{"p"}).Key(context.Background(), quiet); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("err = %v", err)
	}
}

func TestKey_TypedPasswordIsKeptInTheFirstKeyringThatWorks(t *testing.T) {
	kernel := empty()
	key, err := ladder("", failing(absent), kernel, person{"p"}).Key(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Keep(context.Background(), "a", value("slot")); err != nil || kernel.kept["a"] != "slot" {
		t.Errorf("kept %v, %v", kernel.kept, err)
	}
}

func TestKey_TypedPasswordIsNotKeptWhereNoKeyringWorks(t *testing.T) {
	key, err := ladder("", failing(broken), failing(absent), person{"p"}).Key(context.Background(), request)
	if err != nil || key.Keep != nil {
		t.Errorf("Keep is set: %v, %v", key.Keep != nil, err)
	}
}

func TestNewKey_IsGeneratedOnlyWhereItSurvivesAReboot(t *testing.T) {
	desktop := empty()
	key, err := ladder("", desktop, empty(), person{}).NewKey(context.Background(), request)
	if err != nil || key.Password.Len() != 44 {
		t.Fatalf("length %d, %v", key.Password.Len(), err)
	}
	if len(desktop.kept) != 0 {
		t.Error("kept before it opened anything")
	}
	if _, err := ladder("", failing(absent), empty(), person{}).NewKey(context.Background(), request); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("with the kernel keyring only: %v", err)
	}
	key, err = ladder("", failing(absent), empty(), person{"typed-one"}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("typed-one")) {
		t.Errorf("with the kernel keyring and a person: from %q, %v", key.From, err)
	}
}

func TestNewKey_BrokenKeyringIsNotAnEmptyOne(t *testing.T) {
	if _, err := ladder("", failing(broken), empty(), person{"typed-one"}).NewKey(context.Background(), request); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
	key, err := ladder("given-one", failing(broken), empty(), person{}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("given-one")) {
		t.Errorf("a given password: from %q, %v", key.From, err)
	}
}

func TestNewKey_TakesThePasswordOfAnotherProgramsStore(t *testing.T) {
	key, err := ladder("", having("theirs"), empty(), person{}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("theirs")) {
		t.Errorf("from %q, %v", key.From, err)
	}
}

func TestKey_OutdatedKeyringIsPassedOver(t *testing.T) {
	again := request
	again.Wrong = []string{"the OS keyring"}
	key, err := ladder("", having("old"), having("k"), person{"p"}).Key(context.Background(), again)
	if err != nil || !key.Kept || !key.Password.Equal(value("k")) {
		t.Errorf("From %q, %v", key.From, err)
	}
	again.Wrong = append(again.Wrong, "the kernel keyring")
	key, err = ladder("", having("old"), having("k"), person{"p"}).Key(context.Background(), again)
	if err != nil || key.Kept || !key.Password.Equal(value("p")) {
		t.Errorf("From %q, %v", key.From, err)
	}
	_, err = ladder("", having("old"), having("k"), person{}).Key(context.Background(), again)
	if !errors.Is(err, secret.ErrLocked) || !strings.Contains(err.Error(), "the OS keyring: what it keeps does not open the store") {
		t.Errorf("err = %v", err)
	}
}

func TestKey_LooksWhereAnInterruptedChangeLeftIt(t *testing.T) {
	desktop := &ring{kept: map[string]string{"a": "old", "a-next": "new"}}
	again := request
	again.Spare, again.Wrong = []string{"a-next", "a-previous"}, []string{"the OS keyring"}
	key, err := ladder("", desktop, failing(absent), person{}).Key(context.Background(), again)
	if err != nil || !key.Password.Equal(value("new")) || key.From != "the OS keyring (a-next)" {
		t.Errorf("From %q, %v", key.From, err)
	}
}

func TestNewKey_KernelKeyringsPasswordIsNoLastingOne(t *testing.T) {
	key, err := ladder("", failing(absent), having("k"), person{"typed-one"}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("typed-one")) {
		t.Errorf("From %q, %v", key.From, err)
	}
}

func TestNewKey_GivenPasswordLeavesAnotherStoresAlone(t *testing.T) {
	desktop := having("theirs")
	var told []string
	l := ladder("given-one", desktop, empty(), person{})
	l.config.Note = func(s string) { told = append(told, s) }
	key, err := l.NewKey(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Keep(context.Background(), "a", value("given-one")); err != nil || desktop.kept["a"] != "theirs" || len(told) != 1 {
		t.Errorf("kept %v, told %v, %v", desktop.kept, told, err)
	}
}

func TestKeep_WhatASharedAccountHasIsCopiedFirst(t *testing.T) {
	shared := &ring{kept: map[string]string{filestore.Account1: "theirs"}}
	l := ladder("", shared, empty(), person{})
	if err := l.keep(context.Background(), filestore.Account1, value("ours")); err != nil {
		t.Fatal(err)
	}
	if shared.kept[filestore.Account1] != "ours" || shared.kept[filestore.Account1+"-previous"] != "theirs" {
		t.Errorf("kept %v", shared.kept)
	}
}

func TestKeep_NoKeyringAtAllIsNoError(t *testing.T) {
	if err := ladder("", failing(absent), failing(absent), person{}).keep(context.Background(), "a", value("x")); err != nil {
		t.Errorf("err = %v", err)
	}
	if err := ladder("", failing(broken), failing(absent), person{}).keep(context.Background(), "a", value("x")); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("a broken one: %v", err)
	}
}

func TestReplacement_IsWhatTheChangeSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ladder *SourceChain
		change Change
		want   string // empty: made at random
	}{
		"file":                     {ladder("", having("x"), empty(), person{"p"}), Change{File: file}, "from file"},
		"generated before":         {ladder("", having("x"), empty(), person{"p"}), Change{}, ""},
		"typed before":             {ladder("", having("x"), empty(), person{"p"}), Change{Typed: true}, "p"},
		"typed before, --generate": {ladder("", having("x"), empty(), person{"p"}), Change{Typed: true, Generate: true}, ""},
		"no lasting keyring":       {ladder("", failing(absent), having("x"), person{"p"}), Change{}, "p"},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := c.ladder.Replacement(context.Background(), request, c.change)
			if err != nil || key.Keep == nil {
				t.Fatalf("err = %v", err)
			}
			if c.want == "" && key.Password.Len() != 44 || c.want != "" && !key.Password.Equal(value(c.want)) {
				t.Errorf("From %q", key.From)
			}
		})
	}
}

func TestReplacement_WithoutOneIsAUsageError(t *testing.T) {
	for name, c := range map[string]struct {
		ladder *SourceChain
		change Change
		want   string
	}{
		"no prompt":                 {ladder("", having("x"), empty(), person{}), Change{Typed: true}, "--new-password-file"},
		"no keyring for --generate": {ladder("", failing(absent), empty(), person{"p"}), Change{Generate: true}, "--generate"},
		"missing file":              {ladder("", having("x"), empty(), person{}), Change{File: "/no/such/file"}, "/no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.ladder.Replacement(context.Background(), request, c.change)
			var usage *secret.UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v", err)
			}
		})
	}
	if _, err := ladder("", failing(broken), empty(), person{"p"}).Replacement(context.Background(), request, Change{}); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("a broken keyring: %v", err)
	}
}

func none(secret.Value) bool { return false }

func TestForget_PassesOverAbsentKeyringsAndReportsBrokenOnes(t *testing.T) {
	kernel := having("k")
	had, err := ladder("", failing(broken), kernel, person{}).Forget(context.Background(), "a", nil, none)
	if !errors.Is(err, secret.ErrUnavailable) || len(had) != 1 || len(kernel.kept) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
	if had, err := ladder("", failing(absent), empty(), person{}).Forget(context.Background(), "a", []string{"b"}, none); err != nil || len(had) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
}

func TestForget_TakesFromOtherAccountsWhatOpensTheStore(t *testing.T) {
	kept := &ring{kept: map[string]string{"old": "opens", "other": "does not"}}
	had, err := ladder("", kept, failing(absent), person{}).Forget(context.Background(), "a", []string{"old", "other"},
		func(v secret.Value) bool { return v.Equal(value("opens")) })
	if err != nil || len(had) != 1 || len(kept.kept) != 1 || kept.kept["other"] == "" {
		t.Errorf("had %v, left %v, %v", had, kept.kept, err)
	}
}

func TestFile_ReadsAllButOneLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{"pw": "pw", "pw\n": "pw", "pw\r\n": "pw", "pw\n\n": "pw\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := File(path).Lookup(context.Background())
		if err != nil || !got.Equal(value(want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFile_MissingOrEmptyStopsTheLadder(t *testing.T) {
	folder := t.TempDir()
	emptyFile := filepath.Join(folder, "empty")
	if err := os.WriteFile(emptyFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{emptyFile, filepath.Join(folder, "missing")} {
		l := New(Config{
			Given:    []PasswordSource{File(path)},
			Keyrings: []Keyring{{Name: "OS keyring", Source: having("os"), Persistent: true}},
		})
		if _, err := l.Key(context.Background(), request); err == nil || !strings.Contains(err.Error(), "--password-file") {
			t.Errorf("Key: %v", err)
		}
		if _, err := l.NewKey(context.Background(), request); err == nil {
			t.Error("NewKey: no error")
		}
	}
}

func TestDescriptor_IsReadOnce(t *testing.T) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.WriteString("pw\n"); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	rung := Descriptor(int(ours.Fd()))
	for range 2 {
		if got, err := rung.Lookup(context.Background()); err != nil || !got.Equal(value("pw")) {
			t.Errorf("err = %v", err)
		}
	}
	runtime.KeepAlive(ours)
}

// What was handed over is asked first, and like a keyring may be outdated.
func TestKey_WhatWasHandedOverMayBeOutdated(t *testing.T) {
	desktop := having("new")
	l := ladder("", desktop, empty(), person{})
	handed := Variable("handed", value("old"))
	l.config.Inherited = &handed
	key, err := l.Key(t.Context(), request)
	if err != nil || !key.Password.Equal(value("old")) || !key.Kept || !l.Unlocked().Equal(value("old")) {
		t.Errorf("%v %v", key.From, err)
	}
	again := request
	again.Wrong = []string{"handed"}
	key, err = l.Key(t.Context(), again)
	if err != nil || !key.Password.Equal(value("new")) || !l.Unlocked().Equal(value("new")) {
		t.Errorf("%v %v", key.From, err)
	}
}

func TestUnlocked_IsEmptyWhereNobodyAsked(t *testing.T) {
	l := ladder("", empty(), empty(), person{})
	if _, err := l.Key(t.Context(), request); err == nil || l.Unlocked().Len() != 0 {
		t.Error(err)
	}
}

func TestNewKey_ShortPasswordIsRefused(t *testing.T) {
	for name, l := range map[string]*SourceChain{
		"given": ladder("seven77", failing(absent), empty(), person{}), "typed": ladder("", failing(absent), failing(absent), person{"ключ"}),
	} {
		var usage *secret.UsageError
		if _, err := l.NewKey(t.Context(), request); !errors.As(err, &usage) || !strings.Contains(err.Error(), "at least 8 characters") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Key(t.Context(), request); err != nil {
			t.Errorf("%s, for a store that has it: %v", name, err)
		}
	}
	l := ladder("парольда", failing(absent), empty(), person{})
	if _, err := l.NewKey(t.Context(), request); err != nil {
		t.Errorf("eight characters: %v", err)
	}
}

func TestKey_PromptAsksThreeTimes(t *testing.T) {
	l := ladder("", failing(absent), empty(), person{"wrong"})
	key, err := l.Key(t.Context(), request)
	asked := 1
	for ; err == nil && key.Again != nil; asked++ {
		key, err = key.Again(t.Context())
	}
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

func TestFile_ThatOthersCanReadIsDenied(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("who may read a file is not in its mode on Windows")
	}
	path := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(path, []byte("correct horse"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := File(path).Lookup(t.Context()); !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "run: chmod 600 "+path) {
		t.Errorf("the error is %v", err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if password, err := File(path).Lookup(t.Context()); err != nil || !password.Equal(value("correct horse")) {
		t.Errorf("%v", err)
	}
}
