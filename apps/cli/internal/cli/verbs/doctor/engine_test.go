package doctor

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// anEngine is a Runtime that only describes itself.
type anEngine struct {
	workload.Runtime
	known workload.Engine
	err   error
}

func (e anEngine) Engine() workload.Engine { return e.known }

func (e anEngine) Describe(context.Context) (workload.Engine, error) { return e.known, e.err }

func far(err error) anEngine {
	return anEngine{known: workload.Engine{Name: "Docker", Address: "tcp://x:1", ChosenBy: "DOCKER_HOST"}, err: err}
}

func TestEngine_IsNamedWithItsAddressAndWhatChoseIt(t *testing.T) {
	mine := workload.Engine{Name: "Podman", Version: "4.3.1", Rootless: true, Address: "unix:///run/user/7/podman/podman.sock", Start: "systemctl --user start podman.socket"}
	away := workload.Engine{Name: "Docker", Address: "tcp://198.51.100.7:2376", ChosenBy: "the Docker context lab"}
	gone := fmt.Errorf("%w: does not answer", secret.ErrUnavailable)
	for name, test := range map[string]struct {
		variables []string
		offline   bool
		engine    anEngine
		engineErr error
		want      finding
	}{
		"answers": {nil, true, anEngine{known: mine}, nil,
			finding{Status: ok, Detail: "Podman 4.3.1, rootless, at unix:///run/user/7/podman/podman.sock"}},
		"chosen": {nil, false, anEngine{known: away}, nil,
			finding{Status: ok, Detail: "Docker at tcp://198.51.100.7:2376, chosen by the Docker context lab"}},
		"a context on the network, offline": {nil, true, anEngine{known: away}, nil,
			finding{Status: skipped, Detail: "Docker at tcp://198.51.100.7:2376, chosen by the Docker context lab, is on the network"}},
		"Podman is stopped": {nil, false, anEngine{known: mine, err: gone}, nil,
			finding{Status: warning, Fix: "systemctl --user start podman.socket"}},
		"a context that does not answer": {nil, false, anEngine{known: away, err: gone}, nil,
			finding{Status: warning, Fix: "docker context use default"}},
		"a context of a variable": {[]string{"DOCKER_CONTEXT=nosuch"}, false, anEngine{}, fmt.Errorf("%w: x", workload.ErrInvalidSpec),
			finding{Status: warning, Fix: unset("DOCKER_CONTEXT")}},
		"a timeout that is not a number": {[]string{"DOCKER_HOST=unix:///x"}, false, anEngine{}, fmt.Errorf("%w: DOCKER_CLIENT_TIMEOUT: x", workload.ErrInvalidSpec),
			finding{Status: warning, Fix: unset("DOCKER_CLIENT_TIMEOUT")}},
		"a context over ssh": {nil, false, anEngine{}, fmt.Errorf("%w: over ssh", secret.ErrUnsupported),
			finding{Status: warning, Fix: "docker context use default"}},
		"a host over ssh": {[]string{"DOCKER_HOST=ssh://x", "DOCKER_CONTEXT=y"}, false, anEngine{}, fmt.Errorf("%w: over ssh", secret.ErrUnsupported),
			finding{Status: warning, Fix: unset("DOCKER_HOST")}},
		"config.json is damaged": {nil, false, anEngine{}, fmt.Errorf("%w: x", secret.ErrCorrupt), finding{Status: warning}},
		"an old engine at the default place": {nil, false, anEngine{known: workload.Engine{Name: "Docker", Address: "unix:///x"}, err: fmt.Errorf("%w: old", secret.ErrUnsupported)}, nil,
			finding{Status: warning}},
	} {
		e := &examination{app: &app.App{Environ: procenv.New(test.variables)}, offline: test.offline, runtime: test.engine, engineErr: test.engineErr}
		got := e.engine(t.Context())
		if len(got) != 1 || got[0].Status != test.want.Status || got[0].Fix != test.want.Fix || test.want.Detail != "" && got[0].Detail != test.want.Detail {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if runtime.GOOS == "linux" {
		stopped := asked(workload.Engine{Name: "Docker", Address: "unix:///var/run/docker.sock"}, gone, procenv.New(nil))
		if fix := stopped[0].Fix; !strings.Contains(fix, "systemctl start docker") {
			t.Error(fix)
		}
	}
}
