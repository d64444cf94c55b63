package logging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

const canary = "canary-6bd41"

func TestLog_NeverPrintsAValue(t *testing.T) {
	value := secret.NewValue([]byte(canary))
	holder := struct{ inner secret.Value }{value}
	var out bytes.Buffer
	log := New(&out, true)
	log.Logger.Debug("direct", "v", value, "pointer", &value, "list", []secret.Value{value}, "holder", holder,
		slog.Group("g", "v", value), "map", map[string]secret.Value{"k": value})
	log.Logger.With("v", value).WithGroup("w").Error("with", "e", fmt.Errorf("no: %v", value))
	if strings.Contains(out.String(), canary) || !strings.Contains(out.String(), secret.Redacted) {
		t.Errorf("log: %s", out.String())
	}
}

func TestLog_MasksWhatItKnows(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, true)
	log.KeepOut([]secret.Value{secret.NewValue([]byte(canary))})
	log.Logger.Debug("message with "+canary, "error", errors.New("failed for "+canary))
	if got := out.String(); strings.Contains(got, canary) || strings.Count(got, secret.Redacted) != 2 {
		t.Errorf("log: %s", got)
	}
}

func TestLog_IsSilentBelowWarningsUnlessDebugging(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, false)
	log.Logger.Info("nothing")
	if out.Len() > 0 || log.Logger.Enabled(context.Background(), slog.LevelInfo) {
		t.Errorf("log: %s", out.String())
	}
	log.Logger.Warn("something")
	if !strings.Contains(out.String(), "something") {
		t.Error("a warning is lost")
	}
}

func TestHandler_NamesFieldsByTheirGroups(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, true).Logger.With("a", 1).WithGroup("g").With("b", 2)
	log.Info("m", "c", 3, slog.Group("h", "d", 4), slog.Attr{})
	for _, want := range []string{`"a": "1"`, `"g.b": "2"`, `"g.c": "3"`, `"g.h.d": "4"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, out.String())
		}
	}
}
