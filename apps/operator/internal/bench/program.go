package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is a running operator.
type program struct {
	command *exec.Cmd
	address string
}

// start starts the operator for the given namespaces, or for all.
func (b *bench) start(ctx context.Context, own string, namespaces ...string) (*program, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &program{address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		return nil, err
	}
	p.command = exec.CommandContext(ctx, b.binary, "--kubeconfig", b.kubeconfig, "--namespace", own, "--leader-elect=false",
		"--watch-namespaces="+strings.Join(namespaces, ","), "--metrics-bind-address", p.address, "--metrics-secure=false",
		"--health-probe-bind-address", "0", "--workers", strconv.Itoa(b.workers), "--log-level", "warn", "--min-restart-interval", "0s",
		"--kube-api-qps", strconv.FormatFloat(b.qps, 'f', -1, 64), "--kube-api-burst", strconv.Itoa(b.burst))
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.Stderr = os.Stderr
	return p, p.command.Start()
}

func (p *program) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	_ = p.command.Wait()
}

// counted returns the sum of a metric's samples whose labels contain all parts, or 0
// before the endpoint responds.
func (p *program) counted(name string, parts ...string) float64 {
	response, err := http.Get("http://" + p.address + "/metrics") //nolint:noctx // loopback
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	sum := 0.0
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		line := lines.Text()
		labels, value, _ := strings.Cut(strings.TrimPrefix(line, name), " ")
		if !strings.HasPrefix(line, name) || labels != "" && labels[0] != '{' || !all(labels, parts) {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			sum += n
		}
	}
	return sum
}

func all(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// writes returns the number of requests that do not only read.
func (p *program) writes() float64 {
	const name = "rest_client_requests_total"
	return p.counted(name) - p.counted(name, `method="GET"`)
}

// settle waits until there was no write for some seconds, and returns the number of
// writes.
func (p *program) settle(ctx context.Context) (float64, error) {
	last, since := -1.0, time.Now()
	for time.Since(since) < 3*time.Second {
		if n := p.writes(); n != last || n == 0 {
			last, since = n, time.Now()
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// status returns the value of a line of /proc/PID/status, in kB.
func (p *program) status(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strconv.ParseFloat(strings.Fields(rest)[0], 64)
		}
	}
	return 0, fmt.Errorf("no %s in the process's status", name)
}

func (p *program) cpu() time.Duration {
	return time.Duration(p.counted("process_cpu_seconds_total") * float64(time.Second))
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
