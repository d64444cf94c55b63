package main

import (
	"log/slog"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// TestNewLog_NeverPrintsWhatTheClientSaysAtItsLowest checks the levels at which
// Kubernetes' client logs the bodies of requests and responses.
func TestNewLog_NeverPrintsWhatTheClientSaysAtItsLowest(t *testing.T) {
	log := newLog(slog.LevelDebug)
	for name, logger := range map[string]logr.Logger{
		"plain": logr.FromSlogHandler(log.Handler()),
		"named": logr.FromSlogHandler(log.Handler()).WithName("a").WithValues("b", 1),
		"group": logr.FromSlogHandler(log.WithGroup("c").Handler()),
		"klog":  klog.Background(),
	} {
		for level := range 12 {
			if want := level <= 4; logger.V(level).Enabled() != want && (name != "klog" || level > 4) {
				t.Errorf("%s: level %d is enabled: %v", name, level, !want)
			}
		}
	}
}
