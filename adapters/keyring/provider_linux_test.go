package keyring

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestProvider_ReadsWhatOtherProgramsKeep(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	p := NewProvider(sessionConfig())
	const service = "https://thv-test.invalid/x"
	if err := gokeyring.Set(service, "me", "theirs"); err != nil {
		t.Fatal(err)
	}
	ref := providertest.MustRef(t, "keyring://https%3A%2F%2Fthv-test.invalid%2Fx/me")
	if got, err := p.Get(t.Context(), ref); err != nil || string(got.Bytes()) != "theirs" {
		t.Fatalf("Get = %q, %v", got.Bytes(), err)
	}
	if err := p.Put(t.Context(), ref, secret.NewValue([]byte("ours"))); err != nil {
		t.Fatal(err)
	}
	if got, err := gokeyring.Get(service, "me"); got != "ours" || err != nil {
		t.Errorf("go-keyring reads %q, %v", got, err)
	}
	if err := p.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	wantError(t, p.Delete(t.Context(), ref), secret.ErrNotFound, "no item")
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOS_ServesManyAtOnce(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			own := secret.NewValue(fmt.Append(nil, n))
			for range 5 {
				shared := strings.Repeat("shared", n)
				if err := o.Keep(t.Context(), "shared", secret.NewValue([]byte(shared))); err != nil {
					t.Error(err)
				}
				if err := o.Keep(t.Context(), fmt.Sprint(n), own); err != nil {
					t.Error(err)
				}
				if got, err := o.Password(t.Context(), fmt.Sprint(n)); err != nil || !got.Equal(own) {
					t.Errorf("%d: %q, %v", n, got.Bytes(), err)
				}
				if _, err := o.Password(t.Context(), "shared"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	wantItems(t, s, o, "shared", 1)
}
