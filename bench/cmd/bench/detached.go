package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/bench/internal/direct"
	"github.com/thv-secrets/thv/e2e/engine"
)

// listed is the number of workloads in the row of thv list.
const listed = 200

// detached measures workloads that outlive the command.
func (b *suite) detached() {
	const image = "thv-bench-stay:latest"
	const name = "run -d"
	docker, err := engine.New("")
	if err == nil {
		err = docker.Ping(b.ctx)
	}
	if err == nil {
		err = docker.Import(b.ctx, image, b.baseline("idle"))
	}
	if err != nil {
		leftOut(name, err)
		return
	}
	defer func() { _ = docker.RemoveImage(context.WithoutCancel(b.ctx), image) }()
	s, err := b.newStore("detached", "kernel")
	defer s.forget()
	if err != nil {
		leftOut(name, err)
		return
	}
	s.env = append(s.env, "DOCKER_HOST="+docker.Host())
	if err := b.runDetached(name, docker.Host(), image, s.env); err != nil {
		leftOut(name, err)
	}
	if err := b.list(docker.Host(), image, s); err != nil {
		leftOut("list", err)
	}
}

// runDetached runs thv and the baseline alternately, and cleans up after each.
func (b *suite) runDetached(row, host, image string, env []string) error {
	const ours, baselines = "thv-bench-ours", "thv-bench-baseline"
	a := program{path: b.thv, args: []string{"run", "-d", "--network", "none", "--name", ours, "--secret", "first,target=API_KEY", image}, env: env}
	baseline := program{path: b.baseline("detached"), args: []string{host, image, baselines, b.baseline("hello")}, env: env}
	clear := func() error {
		_, err := b.once(program{path: b.thv, args: []string{"stop", ours}, env: env})
		_, gone := direct.Call(host, http.MethodDelete, "/containers/"+baselines+"?force=1", nil, http.StatusNoContent)
		return errors.Join(err, gone)
	}
	var measured [2][]time.Duration
	resident := int64(0)
	for i := range max(b.runs/2, 5) + 1 {
		for turn := range 2 {
			which := (i + turn) % 2
			wall, err := b.once([]program{a, baseline}[which])
			if err != nil {
				return errors.Join(err, clear())
			}
			if i > 0 { // the first run fills caches
				measured[which] = append(measured[which], wall)
			}
		}
		resident = b.supervisor(env, ours)
		if err := clear(); err != nil {
			return err
		}
	}
	_, err := b.once(program{path: b.thv, args: []string{"rm", ours}, env: env})
	b.print(row, median(measured[0]), median(measured[1]), 0, target{ratio: 1.2})
	want := target{peak: 15}
	fmt.Printf("%-34s %50s %6s   %s\n", "  its supervisor, resident", "", mebi(resident), want.verdict(0, 0, resident))
	return err
}

// supervisor returns the resident memory of a workload's idle supervisor in bytes, or zero if the
// system does not report it.
func (b *suite) supervisor(env []string, name string) int64 {
	time.Sleep(500 * time.Millisecond)
	cmd := exec.CommandContext(b.ctx, b.thv, "--output", "json", "status", name)
	cmd.Env = env
	output, err := cmd.Output()
	var status struct{ PID int }
	if err != nil || json.Unmarshal(output, &status) != nil {
		return 0
	}
	var pages, resident int64
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", status.PID))
	if err != nil {
		return 0
	}
	_, _ = fmt.Sscan(string(text), &pages, &resident)
	return resident * int64(os.Getpagesize())
}

// list has thv list workloads whose supervisors live, as far as it can tell: this
// process holds their locks. The engine that the baseline asks has as many containers,
// which do not run.
func (b *suite) list(host, image string, s *store) error {
	directory := filepath.Join(filepath.Dir(s.path), "thv", "statuses")
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	for i := range listed {
		name := fmt.Sprintf("server-%03d", i)
		text := fmt.Sprintf(`{"schema": 1, "name": %q, "state": "running", "since": "2026-01-02T03:04:05Z", "wanted": true, "image": "example/server:1", "transport": "stdio", "pid": 1, "socket": "/nowhere", "container": "0123456789abcdef", "restarts": 0}`, name)
		if err := os.WriteFile(filepath.Join(directory, name+".json"), []byte(text), 0o600); err != nil {
			return err
		}
		release, err := hold(filepath.Join(directory, name+".lock"))
		if err != nil {
			return err
		}
		defer release()
		name = "thv-bench-" + name
		body := map[string]any{"Image": image, "Labels": map[string]string{"toolhive": "true", "toolhive-name": name}, "HostConfig": map[string]any{"NetworkMode": "none"}}
		if _, err := direct.Call(host, http.MethodPost, "/containers/create?name="+name, body, http.StatusCreated); err != nil {
			return err
		}
		defer func() {
			_, _ = direct.Call(host, http.MethodDelete, "/containers/"+name+"?force=1", nil, http.StatusNoContent)
		}()
	}
	b.row(fmt.Sprintf("list, %d workloads", listed),
		program{path: b.thv, args: []string{"list"}, env: s.env},
		program{path: b.baseline("containers"), args: []string{host}, env: s.env},
		target{ratio: 1.5}, b.runs)
	return nil
}
