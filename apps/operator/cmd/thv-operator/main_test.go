package main

import (
	"slices"
	"testing"
	"time"
)

func TestParse_DefaultsAreThoseOfThePod(t *testing.T) {
	t.Setenv("KUBECONFIG", "")
	f, err := parse([]string{"--namespace", "own", "--watch-namespaces", "a, b"})
	if err != nil || !f.LeaderElect || f.LeaderElectionNamespace != "own" || f.MetricsAddress != ":8443" || !f.MetricsSecure || f.ProbeAddress != ":8081" || f.MinRestartInterval != 30*time.Second || f.Workers != 4 || !slices.Equal(f.WatchNamespaces, []string{"a", "b"}) {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err = parse([]string{"--watch-namespaces="}); err != nil || len(f.WatchNamespaces) != 0 {
		t.Errorf("an empty list is not all namespaces: %+v, %v", f, err)
	}
}

func TestParse_RefusesWhatMakesNoSense(t *testing.T) {
	for _, args := range [][]string{{"--log-level", "loud"}, {"--workers", "0"}, {"--min-restart-interval", "-1s"}, {"--watch-namespaces", "a,,b"}, {"run"}, {"--nope"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
