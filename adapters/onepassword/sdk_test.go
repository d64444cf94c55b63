package onepassword

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/secret"
)

// noNetwork fails the test that makes a request, which then goes nowhere.
type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("a request to %s", r.URL.Host)
	return nil, errors.New("tests have no network")
}

// realCore lets a test use the SDK's own core, which makes its requests by this
// client and no other.
func realCore(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiling the SDK's core takes seconds; not with -short")
	}
	before := http.DefaultClient
	http.DefaultClient = &http.Client{Transport: noNetwork{t}}
	t.Cleanup(func() { http.DefaultClient = before })
}

func TestRead_SendsWhatTheSDKTakes(t *testing.T) {
	realCore(t)
	valid := func(text string) error { return onepassword.Secrets.ValidateSecretReference(t.Context(), text) }
	sent := 0
	for text, r := range readRefs {
		switch err := valid(r.String()); {
		case r.plain() && r.query != "attribute=type" && err != nil:
			t.Errorf("%.60q is sent as %.60q, and refused: %v", text, r, err)
		case !r.plain() && err == nil:
			t.Errorf("%.60q could be sent as it is, and is looked up", text)
		}
		sent++
	}
	for _, query := range cliQueries {
		if valid("op://v/i/f?"+query) == nil {
			t.Errorf("the SDK takes %q by now", query)
		}
	}
	if sent == 0 {
		t.Error("no references")
	}
}

func TestConnect_TheSDKRefusesATokenThatIsNone(t *testing.T) {
	realCore(t)
	p := New(Config{Token: goodToken, Timeout: time.Hour})
	for range 2 {
		_, err := p.Get(t.Context(), ref(t, "op://v/i/f"))
		if !errors.Is(err, secret.ErrDenied) || p.Broken() {
			t.Errorf("%v, broken: %t", err, p.Broken())
		}
	}
}

// TestService_AnswersAsExpected asks the real service, with a token and a
// reference of whoever runs it.
func TestService_AnswersAsExpected(t *testing.T) {
	token, wanted := os.Getenv("THV_TEST_OP_TOKEN"), os.Getenv("THV_TEST_OP_REF")
	if token == "" || wanted == "" {
		t.Skip("asks the real service only with THV_TEST_OP_TOKEN and THV_TEST_OP_REF set")
	}
	p := New(Config{Token: secret.NewValue([]byte(token)), IntegrationName: "thv", IntegrationVersion: "test", Timeout: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := p.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Get(ctx, ref(t, wanted)); err != nil || got.Len() == 0 {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	if _, err := p.Get(ctx, ref(t, "op://thv-no-such-vault/i/f")); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("a vault that is not there: %v", err)
	}
	for info, err := range p.List(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Get(ctx, ref(t, info.Name)); err != nil {
			t.Errorf("%s: %v", info.Name, err)
		}
		break
	}
}
