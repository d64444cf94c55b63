package onepassword

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

func TestRateLimited_TellsTheTimeWhereItIsKnown(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"rate limit exceeded":                              0,
		"Too Many Requests. Please retry in 59 minutes or": 59 * time.Minute,
		"try again after 30s":                              30 * time.Second,
		"Retry After 1 Second":                             time.Second,
		"retry in 2 hours.":                                2 * time.Hour,
		"retry in 99999 days":                              99999 * 24 * time.Hour,
		"retry in 5 months":                                0,
		"please retry in Canary minutes":                   0,
		"retry in 99999999999 days":                        0,
	} {
		err := rateLimited(text)
		var retry interface{ RetryAfter() time.Duration }
		if told := errors.As(err, &retry); told != (want != 0) || told && retry.RetryAfter() != want {
			t.Errorf("%q: %v", text, retry)
		}
		if !errors.Is(err, secret.ErrUnavailable) || !strings.HasSuffix(err.Error(), "wait before the next try, since failures count too") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRateLimited_TellsTheTimeOnceByTheProtocol(t *testing.T) {
	text := protocol.FailureOf(failure(errors.New("rate limit exceeded, retry in 59 minutes"), asking, goodToken)).Err().Error()
	if !strings.HasSuffix(text, "(try again in 59m0s)") || strings.Count(text, "59") != 1 || strings.Count(text, "try again") != 1 {
		t.Error(text)
	}
}
