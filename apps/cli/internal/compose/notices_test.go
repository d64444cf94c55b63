package compose

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

func TestNotices_AskWhatTellsOfNothing(t *testing.T) {
	notices := newNotices("/store")
	for name, want := range map[string]rotation.Notice{
		encrypted: rotation.Told, environment: rotation.Constant, none: rotation.Constant,
		onePassword: rotation.Asked, kubernetes: rotation.Asked, osKeyring: rotation.Asked, "a-program": rotation.Asked,
	} {
		if got := notices.Of(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestNotices_TakeNoOneTimePasswordForAChange(t *testing.T) {
	for text, want := range map[string]bool{
		"op://vault/item/one-time password?attribute=otp": true, "op://vault/item/field?attribute=totp": true,
		"op://vault/item/field": false, "op://vault/item/key?ssh-format=openssh": false,
		"other://vault/item?attribute=otp": false, "name?attribute=otp": false,
	} {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := newNotices("").Passing(ref); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
