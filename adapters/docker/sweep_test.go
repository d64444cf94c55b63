package docker

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// What was made and never ran goes, with its volumes; what runs, what a living starter
// makes, and what has other labels stays.
func TestSweep_RemovesWhatNeverRanOfADeadStarter(t *testing.T) {
	r, image := engine(t, Config{})
	made := func(starter string) string {
		t.Helper()
		labels := map[string]string{testLabel: t.Name(), "starter": starter}
		answer, err := r.api.ContainerCreate(t.Context(), &container.Config{Image: image, Labels: labels, Env: []string{"API_KEY=canary"}},
			&container.HostConfig{NetworkMode: "none", Mounts: []mount.Mount{{Type: mount.TypeVolume, Target: "/v", VolumeOptions: &mount.VolumeOptions{Labels: labels}}}}, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		return answer.ID
	}
	dead, alive := made("dead"), made("alive")
	s := spec(t, image, "sleep")
	s.Labels["starter"] = "dead"
	p, err := r.Start(t.Context(), s, workload.Environment{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.api.VolumeCreate(t.Context(), volume.CreateOptions{Labels: map[string]string{testLabel: t.Name(), "starter": "dead"}}); err != nil {
		t.Fatal(err)
	}
	isDead := func(labels map[string]string) bool { return labels["starter"] == "dead" }
	if n, err := r.Sweep(t.Context(), map[string]string{testLabel: "another"}, isDead); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := r.Sweep(t.Context(), map[string]string{testLabel: t.Name()}, isDead); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, err := r.api.ContainerInspect(t.Context(), dead); err == nil {
		t.Error("what never ran stays")
	}
	for _, id := range []string{alive, p.(workload.Identifier).ID()} {
		if _, err := r.api.ContainerInspect(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if left := volumes(t, r, t.Name()); len(left) != 1 {
		t.Errorf("volumes: %v", left)
	}
	cancelled(t, p)
	if err := r.remove(context.Background(), alive); err != nil {
		t.Error(err)
	}
}

// One that has been started since it was seen is not removed by force.
func TestSweep_UsesNoForce(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("json", answer(http.StatusOK, `[{"Id":"a","State":"created"},{"Id":"b","State":"running"}]`))
	f.on("volumes", answer(http.StatusOK, `{"Volumes":[{"Name":"v"}]}`))
	f.on("remove", func(w http.ResponseWriter, req *http.Request) {
		if force := req.URL.Query().Get("force"); force != "" && force != "0" {
			t.Error("by force")
		}
		answer(http.StatusConflict, `{"message":"it runs"}`)(w, req)
	})
	n, err := r.Sweep(t.Context(), nil, func(map[string]string) bool { return true })
	if n != 0 || err != nil || f.called("remove") != 2 {
		t.Errorf("%d %v, removed %d times", n, err, f.called("remove"))
	}
	f.on("remove", answer(http.StatusInternalServerError, `{"message":"boom"}`))
	if _, err := r.Sweep(t.Context(), nil, func(map[string]string) bool { return true }); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	hasty(r)
	f.on("json", hang)
	if _, err := r.Sweep(t.Context(), nil, nil); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}
