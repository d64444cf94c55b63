package onepassword

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/secret"
)

func TestFailure_HasOneClassAndIsNeverAnAbsence(t *testing.T) {
	var number int
	for _, c := range []struct {
		err   error
		class secret.Class
		says  string
	}{
		{&onepassword.RateLimitExceededError{}, secret.ClassUnavailable, "rate limit"},
		{fmt.Errorf("wrapped: %w", &onepassword.RateLimitExceededError{}), secret.ClassUnavailable, "rate limit"},
		{errors.New("rate limit exceeded"), secret.ClassUnavailable, "rate limit"},
		{&onepassword.DesktopSessionExpiredError{}, secret.ClassLocked, "unlock the app"},
		{errors.New("you are not authenticated"), secret.ClassDenied, "token"},
		{errors.New("you do not have the right permissions to perform this action: x"), secret.ClassDenied, "granted"},
		{errors.New("resource not found"), secret.ClassUnavailable, "try again"},
		{errors.New("no item matched the secret reference query"), secret.ClassUnavailable, "try again"},
		{errors.New("Get \"x\": you are not authenticated (recovered by wazero)"), secret.ClassUnavailable, ""},
		{errors.New("you do not have the right permissions (recovered by wazero)"), secret.ClassUnavailable, ""},
		{fmt.Errorf("%w (recovered by wazero)", secret.ErrNotFound), secret.ClassUnavailable, ""},
		{errors.New("Get \"x\": dial tcp: lookup x: no such host (recovered by wazero)"), secret.ClassUnavailable, "does not resolve"},
		{errors.New("x509: certificate signed by unknown authority (recovered by wazero)"), secret.ClassUnavailable, "certificate"},
		{errors.New("context deadline exceeded (recovered by wazero)"), secret.ClassUnavailable, "in time"},
		{errors.New("module is closed"), secret.ClassUnavailable, "start the program again"},
		{json.Unmarshal([]byte(`"Canary"`), &number), secret.ClassUnavailable, "form"},
		{json.Unmarshal([]byte(`{Canary`), &number), secret.ClassUnavailable, "form"},
		{errPanicked, secret.ClassUnavailable, ""},
		{errors.New("Canary"), secret.ClassUnavailable, ""},
	} {
		err := failure(c.err, asking, goodToken)
		if secret.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%v: %v", c.err, err)
		}
	}
}

func TestFailure_MasksTheToken(t *testing.T) {
	token := string(goodToken.Bytes())
	for _, text := range []string{
		"cannot use " + token + " here", "ops_abcDEF-123_x is bad", "key A3-ABCDEF-GHJKLM-NPQRS", "quoted \"" + token + "\"",
	} {
		err := failure(errors.New(text+"\x1b[2J\nsecond "+token), connecting, goodToken)
		for _, leak := range []string{token, token[4:], "abcDEF", "GHJKLM", "\x1b", "second"} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%q holds %q", err, leak)
			}
		}
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Error(err)
		}
	}
	if err := failure(errors.New(strings.Repeat("ä", 1000)), connecting, goodToken); len(err.Error()) > 500 {
		t.Errorf("%d bytes", len(err.Error()))
	}
}
