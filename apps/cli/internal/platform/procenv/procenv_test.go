package procenv

import (
	"os"
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestForWorkload_LeavesOutWhatUnlocksProviders(t *testing.T) {
	e := New([]string{
		"PATH=/bin", "TOOLHIVE_SECRETS_PASSWORD=a", "OP_SERVICE_ACCOUNT_TOKEN=b",
		"TOOLHIVE_SECRET_API_KEY=c", "TOOLHIVE_SECRETS_PROVIDER=none", "EMPTY=",
	}).Withholding(TokenVariable)
	want := []string{"PATH=/bin", "TOOLHIVE_SECRETS_PROVIDER=none", "EMPTY="}
	if got := e.ForWorkload(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestCaptureEnviron_TakesThePasswordOut(t *testing.T) {
	t.Setenv(PasswordVariable, "pw")
	e := Capture()
	if _, set := os.LookupEnv(PasswordVariable); set {
		t.Error("still in the environment")
	}
	if _, set := e.Lookup(PasswordVariable); set {
		t.Error("Lookup answers it")
	}
	if !e.Password().Equal(secret.NewValue([]byte("pw"))) {
		t.Error("Password does not")
	}
	if !slices.Contains(e.All(), PasswordVariable+"=pw") {
		t.Error("lost for the program that carries on")
	}
}
