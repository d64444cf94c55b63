package exec

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestStderr_ValuesAreMaskedWheneverTheyArePrinted(t *testing.T) {
	c, out := logging("prints", slog.LevelDebug)
	p := open(t, c)
	for range 3 {
		if got, err := get(t, p, "a"); err != nil || !strings.HasPrefix(got, "Hunter2-a") {
			t.Fatal(err)
		}
	}
	err := p.Put(t.Context(), secretRef("b"), secret.NewValue([]byte("Hunter2-put")))
	if !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "it must not be [redacted]") {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Contains(text, "Hunter2") || strings.Contains(text, "ter2") {
		t.Errorf("a value is logged:\n%s", text)
	}
	for _, want := range []string{"before: [redacted]", "in parts: [redacted]", "after: [redacted]", "provider=test"} {
		if got := strings.Count(text, want); got < 4 {
			t.Errorf("%q is logged %d times:\n%s", want, got, text)
		}
	}
}

func TestStderr_IsWithheldWhereTheValueNeverCame(t *testing.T) {
	c, out := logging("prints and ends", slog.LevelDebug)
	p := open(t, c)
	if _, err := get(t, p, "a"); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	p.Kill()
	if text := out.String(); strings.Contains(text, "Hunter2") || !strings.Contains(text, "is not shown") {
		t.Error(text)
	}
}

func TestStderr_SaysWhyAProgramDidNotStart(t *testing.T) {
	c, out := logging("prints, no hello", slog.LevelDebug)
	if _, err := Open(t.Context(), c); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	if text := out.String(); !strings.Contains(text, "no configuration") {
		t.Error(text)
	}
}

func TestStderr_WaitsForALateAnswer(t *testing.T) {
	c, out := logging("prints late", slog.LevelDebug)
	p := open(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Get(ctx, secretRef("a")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := get(t, p, "b"); err != nil {
			t.Fatal(err)
		}
	}
	_ = p.Close()
	if text := out.String(); strings.Contains(text, "Hunter2") || !strings.Contains(text, "it will be [redacted]") {
		t.Error(text)
	}
}

func TestEnv_WhatItsNameTellsIsSecretIsMaskedFromTheStart(t *testing.T) {
	c, out := logging("leaks", slog.LevelDebug)
	c.Env = append(c.Env, "vault_token=Hunter2-a", "DB_PASSWORD=Hunter2=b", "X_API_KEY_ID=Hunter2-c", "MYSQL_PWD=Hunter2-d",
		"HOME=/root/plain", "PWD=/root/folder", "MODE=verbose")
	p := open(t, c)
	_, err := get(t, p, "a")
	p.Kill()
	for name, text := range map[string]string{"the error": err.Error(), "the log": out.String()} {
		if strings.Contains(text, "Hunter2") || strings.Count(text, "[redacted]") < 4 {
			t.Errorf("%s shows what is secret: %s", name, text)
		}
		for _, want := range []string{"HOME=/root/plain", "PWD=/root/folder", "MODE=verbose"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s hides %s: %s", name, want, text)
			}
		}
	}
	if text := out.String(); !strings.Contains(text, "program=[redacted]") {
		t.Error(text)
	}
}

func TestStderr_FloodIsBoundedAndStopsNothing(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		c, out := logging("floods", level)
		p := open(t, c)
		if got, err := get(t, p, "a"); err != nil || got != "a" {
			t.Errorf("%q, %v", got, err)
		}
		_ = p.Close()
		text := out.String()
		switch {
		case level == slog.LevelInfo && text != "":
			t.Error("it is logged at another level than debug")
		case level == slog.LevelDebug && !strings.Contains(text, "printed more than is kept"):
			t.Error("it does not say that there was more")
		case len(text) > 4*maxPending:
			t.Errorf("%d bytes are logged", len(text))
		}
	}
}

// TestPending_HoldsWholeLinesOnly looks at every way to cut a flood into reads.
func TestPending_HoldsWholeLinesOnly(t *testing.T) {
	line := strings.Repeat("-", 98) + "\n"
	flood := strings.Repeat(line, 3*maxPending/len(line))
	for _, size := range []int{1, 97, 99, 100, 8 << 10, maxPending, 2*maxPending + 1} {
		var p pending
		total := 0
		take := func() {
			text, dropped := p.take(len(p.text))
			for one := range strings.Lines(text) {
				if one != line {
					t.Fatalf("in reads of %d bytes, a line has %d", size, len(one))
				}
			}
			total += len(text) + dropped
		}
		for read := range slices.Chunk([]byte(flood), size) {
			p.add(read)
			if len(p.text) > maxPending {
				t.Fatalf("%d bytes are kept", len(p.text))
			}
			if p.full {
				p.add(read[:0])
				take()
			}
		}
		take()
		if total != len(flood) {
			t.Errorf("in reads of %d bytes, %d of %d are accounted for", size, total, len(flood))
		}
	}
}
