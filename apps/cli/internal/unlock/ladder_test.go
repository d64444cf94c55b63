package unlock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

func ladder(variable string, desktop, kernel *ring, p person) *Ladder {
	return New(Config{
		Given: []Rung{Variable("V", value(variable))},
		Keyrings: []Keyring{
			{Name: "OS keyring", Source: desktop, Persistent: true},
			{Name: "kernel keyring", Source: kernel},
		},
		Fallback: []Rung{Credential("")},
		Prompter: p,
	})
}

func TestKey_FirstRungWithAnAnswerWins(t *testing.T) {
	for name, c := range map[string]struct {
		ladder *Ladder
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
	key, err = ladder("", failing(absent), empty(), person{"typed"}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("typed")) {
		t.Errorf("with the kernel keyring and a person: from %q, %v", key.From, err)
	}
}

func TestNewKey_BrokenKeyringIsNotAnEmptyOne(t *testing.T) {
	if _, err := ladder("", failing(broken), empty(), person{"typed"}).NewKey(context.Background(), request); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
	key, err := ladder("given", failing(broken), empty(), person{}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("given")) {
		t.Errorf("a given password: from %q, %v", key.From, err)
	}
}

func TestNewKey_TakesThePasswordOfAnotherProgramsStore(t *testing.T) {
	key, err := ladder("", having("theirs"), empty(), person{}).NewKey(context.Background(), request)
	if err != nil || !key.Password.Equal(value("theirs")) {
		t.Errorf("from %q, %v", key.From, err)
	}
}

func TestForget_PassesOverAbsentKeyringsAndReportsBrokenOnes(t *testing.T) {
	kernel := having("k")
	had, err := ladder("", failing(broken), kernel, person{}).Forget(context.Background(), "a")
	if !errors.Is(err, secret.ErrUnavailable) || len(had) != 1 || len(kernel.kept) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
	if had, err := ladder("", failing(absent), empty(), person{}).Forget(context.Background(), "a"); err != nil || len(had) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
}

func TestForget_TakesTheSamePasswordFromAnAliasOnly(t *testing.T) {
	same := &ring{kept: map[string]string{"a": "x", "old": "x", "other": "y"}}
	if _, err := ladder("", same, failing(absent), person{}).Forget(context.Background(), "a", "old", "other"); err != nil {
		t.Fatal(err)
	}
	if len(same.kept) != 1 || same.kept["other"] != "y" {
		t.Errorf("left: %v", same.kept)
	}
}

func TestFile_ReadsAllButOneLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{"pw": "pw", "pw\n": "pw", "pw\r\n": "pw", "pw\n\n": "pw\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := File(path).Answer(context.Background())
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
			Given:    []Rung{File(path)},
			Keyrings: []Keyring{{Name: "OS keyring", Source: having("os"), Persistent: true}},
		})
		if _, err := l.Key(context.Background(), request); !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "--password-file") {
			t.Errorf("Key: %v", err)
		}
		if _, err := l.NewKey(context.Background(), request); !errors.Is(err, secret.ErrUnavailable) {
			t.Errorf("NewKey: %v", err)
		}
	}
}
