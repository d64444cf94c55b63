package unlock

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock/unlocktest"
	"github.com/thv-secrets/thv/core/secret"
)

func value(s string) secret.Value { return secret.NewValue([]byte(s)) }

var (
	request = filestore.Request{Account: "a", Path: "/store"}
)

func having(s string) *unlocktest.Keyring {
	return &unlocktest.Keyring{Kept: map[string]string{"a": s}}
}

func failing(err error) *unlocktest.Keyring { return &unlocktest.Keyring{Err: err} }

func typing(s string) *unlocktest.User { return &unlocktest.User{Types: s} }

func ladder(variable string, desktop, kernel *unlocktest.Keyring, p *unlocktest.User) *SourceChain {
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
		"variable":                  {ladder("v", having("os"), having("k"), typing("p")), "v"},
		"OS keyring":                {ladder("", having("os"), having("k"), typing("p")), "os"},
		"kernel after an empty OS":  {ladder("", unlocktest.NewKeyring(), having("k"), typing("p")), "k"},
		"kernel after an absent OS": {ladder("", failing(unlocktest.ErrAbsent), having("k"), typing("p")), "k"},
		"kernel after a broken OS":  {ladder("", failing(unlocktest.ErrBroken), having("k"), typing("p")), "k"},
		"person":                    {ladder("", unlocktest.NewKeyring(), failing(unlocktest.ErrAbsent), typing("p")), "p"},
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
	_, err := ladder("", unlocktest.NewKeyring(), failing(unlocktest.ErrAbsent), typing("")).Key(context.Background(), request)
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
	_, err := ladder("", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("")).Key(context.Background(), request)
	if !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
}

func TestKey_AsksNobodyWhenQuiet(t *testing.T) {
	quiet := request
	quiet.Quiet = true
	if _, err := ladder("", unlocktest.NewKeyring(), unlocktest.NewKeyring(), typing("p")).Key(context.Background(), quiet); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("err = %v", err)
	}
}

func TestKey_TypedPasswordIsKeptInTheFirstKeyringThatWorks(t *testing.T) {
	kernel := unlocktest.NewKeyring()
	key, err := ladder("", failing(unlocktest.ErrAbsent), kernel, typing("p")).Key(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Keep(context.Background(), "a", value("slot")); err != nil || kernel.Kept["a"] != "slot" {
		t.Errorf("kept %v, %v", kernel.Kept, err)
	}
}

func TestKey_TypedPasswordIsNotKeptWhereNoKeyringWorks(t *testing.T) {
	key, err := ladder("", failing(unlocktest.ErrBroken), failing(unlocktest.ErrAbsent), typing("p")).Key(context.Background(), request)
	if err != nil || key.Keep != nil {
		t.Errorf("Keep is set: %v, %v", key.Keep != nil, err)
	}
}

func TestNewKey_IsGeneratedOnlyWhereItSurvivesAReboot(t *testing.T) {
	desktop := unlocktest.NewKeyring()
	key, err := ladder("", desktop, unlocktest.NewKeyring(), typing("")).NewKey(context.Background(), request)
	if err != nil || key.Password.Len() != 44 {
		t.Fatalf("length %d, %v", key.Password.Len(), err)
	}
	if len(desktop.Kept) != 0 {
		t.Error("kept before it opened anything")
	}
	if _, err := ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("")).NewKey(context.Background(), request); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("with the kernel keyring only: %v", err)
	}
	key, err = ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("typed-one")).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("typed-one")) {
		t.Errorf("with the kernel keyring and a person: from %q, %v", key.From, err)
	}
}

func TestNewKey_BrokenKeyringIsNotAnEmptyOne(t *testing.T) {
	if _, err := ladder("", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("typed-one")).NewKey(context.Background(), request); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
	key, err := ladder("given-one", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("")).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("given-one")) {
		t.Errorf("a given password: from %q, %v", key.From, err)
	}
}

func TestNewKey_TakesThePasswordOfAnotherProgramsStore(t *testing.T) {
	key, err := ladder("", having("theirs"), unlocktest.NewKeyring(), typing("")).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("theirs")) {
		t.Errorf("from %q, %v", key.From, err)
	}
}

func TestKey_OutdatedKeyringIsPassedOver(t *testing.T) {
	again := request
	again.Wrong = []string{"the OS keyring"}
	key, err := ladder("", having("old"), having("k"), typing("p")).Key(context.Background(), again)
	if err != nil || !key.Kept || !key.Password.Equal(value("k")) {
		t.Errorf("From %q, %v", key.From, err)
	}
	again.Wrong = append(again.Wrong, "the kernel keyring")
	key, err = ladder("", having("old"), having("k"), typing("p")).Key(context.Background(), again)
	if err != nil || key.Kept || !key.Password.Equal(value("p")) {
		t.Errorf("From %q, %v", key.From, err)
	}
	_, err = ladder("", having("old"), having("k"), typing("")).Key(context.Background(), again)
	if !errors.Is(err, secret.ErrLocked) || !strings.Contains(err.Error(), "the OS keyring: what it keeps does not open the store") {
		t.Errorf("err = %v", err)
	}
}

func TestKey_LooksWhereAnInterruptedChangeLeftIt(t *testing.T) {
	desktop := &unlocktest.Keyring{Kept: map[string]string{"a": "old", "a-next": "new"}}
	again := request
	again.Spare, again.Wrong = []string{"a-next", "a-previous"}, []string{"the OS keyring"}
	key, err := ladder("", desktop, failing(unlocktest.ErrAbsent), typing("")).Key(context.Background(), again)
	if err != nil || !key.Password.Equal(value("new")) || key.From != "the OS keyring (a-next)" {
		t.Errorf("From %q, %v", key.From, err)
	}
}

func TestNewKey_KernelKeyringsPasswordIsNoLastingOne(t *testing.T) {
	key, err := ladder("", failing(unlocktest.ErrAbsent), having("k"), typing("typed-one")).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("typed-one")) {
		t.Errorf("From %q, %v", key.From, err)
	}
}

func TestNewKey_GivenPasswordLeavesAnotherStoresAlone(t *testing.T) {
	desktop := having("theirs")
	var told []string
	l := ladder("given-one", desktop, unlocktest.NewKeyring(), typing(""))
	l.config.Note = func(s string) { told = append(told, s) }
	key, err := l.NewKey(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Keep(context.Background(), "a", value("given-one")); err != nil || desktop.Kept["a"] != "theirs" || len(told) != 1 {
		t.Errorf("kept %v, told %v, %v", desktop.Kept, told, err)
	}
}

// What was handed over is asked first, and like a keyring may be outdated.
func TestKey_WhatWasHandedOverMayBeOutdated(t *testing.T) {
	desktop := having("new")
	l := ladder("", desktop, unlocktest.NewKeyring(), typing(""))
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
	l := ladder("", unlocktest.NewKeyring(), unlocktest.NewKeyring(), typing(""))
	if _, err := l.Key(t.Context(), request); err == nil || l.Unlocked().Len() != 0 {
		t.Error(err)
	}
}

func TestNewKey_ShortPasswordIsRefused(t *testing.T) {
	for name, l := range map[string]*SourceChain{
		"given": ladder("seven77", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("")), "typed": ladder("", failing(unlocktest.ErrAbsent), failing(unlocktest.ErrAbsent), typing("ключ")),
	} {
		var usage *secret.UsageError
		if _, err := l.NewKey(t.Context(), request); !errors.As(err, &usage) || !strings.Contains(err.Error(), "at least 8 characters") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Key(t.Context(), request); err != nil {
			t.Errorf("%s, for a store that has it: %v", name, err)
		}
	}
	l := ladder("парольда", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing(""))
	if _, err := l.NewKey(t.Context(), request); err != nil {
		t.Errorf("eight characters: %v", err)
	}
}

func TestKey_PromptAsksThreeTimes(t *testing.T) {
	l := ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("wrong"))
	key, err := l.Key(t.Context(), request)
	asked := 1
	for ; err == nil && key.Again != nil; asked++ {
		key, err = key.Again(t.Context())
	}
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}
