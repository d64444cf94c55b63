package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thv-secrets/thv/adapters/filestore/filestoretest"
	"github.com/thv-secrets/thv/apps/cli/cmd/thv/testdata/workload/drip"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/kubernetes"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword/onepasswordtest"
)

// unsafe is why the tests cannot have a kernel keyring of their own.
var unsafe string

func TestMain(m *testing.M) {
	filestoretest.CheapPasswords() // thv is this very binary; the e2e tests pay the full cost
	if filepath.Base(os.Args[0]) == engineName {
		engineProgram()
	}
	if base := filepath.Base(os.Args[0]); !isProgram(base) {
		status, ran, reason := isolated()
		if ran {
			os.Exit(status)
		}
		unsafe = reason
	}
	testscript.Main(m, map[string]func(){
		"thv": main, "probe": probe,
		"thv-provider-1password": onePassword, "thv-provider-k8s": kubernetesProvider,
	})
}

// onePassword is the provider's program with a service of the script's own, the
// file onepasswordtest.FileName in $TMPDIR, behind the SDK's interfaces.
func onePassword() {
	exitAtOnce(onepassword.Main(os.Args[1:], terminal.System(), onepasswordtest.Connect))
}

func kubernetesProvider() { exitAtOnce(kubernetes.Main(os.Args[1:], terminal.System())) }

// exitAtOnce leaves out the second for which the race detector waits for other
// goroutines at the end of a process, which is waited for by thv.
func exitAtOnce(code int) { syscall.Exit(code) }

// raceOptions does the same for thv itself, which has an environment to read it
// from; what was found still makes the exit code.
const raceOptions = "atexit_sleep_ms=0"

// TestScripts runs each script in a home of its own, without a session bus, and
// with the store's password in TOOLHIVE_SECRETS_PASSWORD.
func TestScripts(t *testing.T) {
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "script"),
		Setup: isolate,
		Cmds:  commands(),
		Condition: func(name string) (bool, error) {
			real := map[string]string{"kubernetes": "THV_TEST_KUBECONFIG", "secretservice": "THV_TEST_SECRET_SERVICE", "docker": "THV_TEST_DOCKER_HOST"}
			if real[name] == "" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return os.Getenv(real[name]) != "" || os.Getenv("THV_REAL") != "", nil
		},
		TestWork: os.Getenv("THV_KEEP_WORK") != "",
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "nowhere": nowhere, "kubesecret": kubeSecret, "withengine": withEngine, "serve": serve,
	}
	maps.Copy(all, detachedCommands)
	return all
}

func isolate(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_DATA_HOME": filepath.Join(home, "data"), "XDG_CONFIG_HOME": filepath.Join(home, "config"),
		"XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CACHE_HOME": filepath.Join(home, "cache"), "XDG_RUNTIME_DIR": "", "DBUS_SESSION_BUS_ADDRESS": "",
		"TOOLHIVE_SECRETS_PASSWORD": "correct horse", "GORACE": raceOptions,
		"BUS":             os.Getenv("DBUS_SESSION_BUS_ADDRESS"),
		"BUS_RUNTIME_DIR": os.Getenv("XDG_RUNTIME_DIR"),
		"KUBE_ADMIN":      os.Getenv("THV_TEST_KUBECONFIG"),
		"KUBE_READER":     os.Getenv("THV_TEST_KUBECONFIG_READER"),
		"OP_TOKEN":        onepasswordtest.Token,
		"OP_TOKEN_2":      onepasswordtest.Token2,
		"STORE":           filepath.Join(home, "data", "toolhive", "secrets_encrypted"),
		"RUNCONFIGS":      filepath.Join(home, "state", "toolhive", "runconfigs"),
		"CONFIG":          filepath.Join(home, "config", "toolhive", "config.yaml"),
	} {
		e.Setenv(name, value)
	}
	environ := append([]string{}, e.Vars...)
	e.Defer(func() { forget(environ) })
	return nil
}

// forget takes the store's password out of the kernel keyring, which outlives
// the test.
func forget(environ []string) {
	cmd := exec.Command("thv", "secret", "reset-keyring", "--yes")
	for _, pair := range environ {
		if path, ok := strings.CutPrefix(pair, "PATH="); ok {
			first, _, _ := strings.Cut(path, string(os.PathListSeparator))
			cmd.Path, cmd.Err = filepath.Join(first, "thv"), nil
		}
	}
	cmd.Env = environ
	_ = cmd.Run()
}

// exits runs a command that must end with a status: exits 3 thv secret get x.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARGS]")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	if err != nil {
		if _, scanErr := fmt.Sscanf(err.Error(), "exit status %d", &status); scanErr != nil {
			ts.Fatalf("%v", err)
		}
	}
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// nowhere searches every file below a folder, and the last output, for a text
// that must not be there: nowhere canary home.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: nowhere TEXT FOLDER")
	}
	err := filepath.WalkDir(ts.MkAbs(args[1]), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(args[0])) {
			return fmt.Errorf("%s holds %s", path, args[0])
		}
		return err
	})
	ts.Check(err)
}

// probe is a workload: it prints its environment's variable, or what it is told.
func probe() {
	switch os.Args[1] {
	case "env":
		value, set := os.LookupEnv(os.Args[2])
		fmt.Printf("%s=%s %v\n", os.Args[2], value, set)
	case "provider":
		probeProvider(os.Args[2])
	case "length":
		fmt.Println(len(os.Getenv(os.Args[2])))
	case "stderr":
		fmt.Fprintln(os.Stderr, os.Getenv(os.Args[2]))
	case "drip":
		drip.Print(os.Getenv("API_KEY"))
	case "status":
		var status int
		_, _ = fmt.Sscan(os.Args[2], &status)
		os.Exit(status)
	}
}
