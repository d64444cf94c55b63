package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	// system is the namespace of the operator's release.
	system  = "thv-system"
	release = "thv-operator"
	chart   = "../../apps/operator/charts/thv-operator"
	// patience is the time after which a test gives up waiting for something that takes
	// seconds.
	patience = 2 * time.Minute
)

// part returns a variable that hack/e2e.sh sets.
func part(name string) string { return os.Getenv("THV_TEST_" + name) }

func TestMain(m *testing.M) {
	if part("CLUSTER") == "" {
		os.Exit(m.Run())
	}
	err := prepare()
	code := 1
	if err == nil {
		code = m.Run()
		err = finish()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		code = 1
	}
	os.Exit(code)
}

// finish waits until the tests' namespaces are gone, with all that was in them: that
// nothing of the operator's holds them up is one more promise.
func finish() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if _, err := output(ctx, "", "kubectl", "wait", "--for=delete", "namespaces", "--selector", "e2e=true", "--timeout", patience.String()); err != nil {
		return err
	}
	// A starved machine may cost the operator its lease, and then it starts again;
	// but it must not panic.
	said, _ := output(ctx, "", "kubectl", "logs", "--previous", "--namespace", system, "deployment/"+release, "--tail=100")
	if strings.Contains(said, "panic") {
		return fmt.Errorf("the operator panicked:\n%s", said)
	}
	return nil
}

// prepare gives the node the images and the cluster the operator.
func prepare() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	for _, archive := range strings.Fields(part("IMAGES")) {
		if _, err := output(ctx, "", "ctr", "images", "import", archive); err != nil {
			return err
		}
	}
	namespace := `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"` + system + `",
		"labels":{"pod-security.kubernetes.io/enforce":"restricted","pod-security.kubernetes.io/warn":"restricted"}}}`
	if _, err := output(ctx, namespace, "kubectl", "apply", "-f", "-"); err != nil {
		return err
	}
	_, err := output(ctx, "", part("HELM"), installation()...)
	return err
}

// installation returns helm's arguments that install the chart, or upgrade it, with
// more of them.
func installation(more ...string) []string {
	return append([]string{
		"upgrade", "--install", release, chart, "--namespace", system, "--wait", "--timeout", "90s",
		"--set", "image.tag=" + part("TAG"), "--set", "image.pullPolicy=Never", "--set", "controller.minRestartInterval=1s",
		"--set", "controller.logLevel=debug",
	}, more...)
}

func needCluster(t *testing.T) {
	t.Helper()
	if part("CLUSTER") != "" {
		return
	}
	if os.Getenv("THV_E2E") != "" {
		t.Fatal("there is no cluster: hack/kubernetes-cluster.sh starts one")
	}
	t.Skip("needs a cluster of one node: make e2e starts it")
}

// output runs a program and returns its standard output.
func output(ctx context.Context, input, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), &complaints
	said, err := cmd.Output()
	if err != nil {
		return string(said), fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, complaints.String())
	}
	return string(said), nil
}

// run is output for a command that must succeed.
func run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	said, err := output(ctx, input, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, "", "kubectl", args...)
}

// apply applies a manifest as a strict client does.
func apply(t *testing.T, namespace, manifest string) {
	t.Helper()
	run(t, manifest, "kubectl", "apply", "--namespace", namespace, "--validate=strict", "-f", "-")
}

// get reads an object or a list into answer.
func get(t *testing.T, answer any, args ...string) {
	t.Helper()
	said := kubectl(t, append([]string{"get", "--ignore-not-found", "-o", "json"}, args...)...)
	if said == "" {
		return
	}
	if err := json.Unmarshal([]byte(said), answer); err != nil {
		t.Fatal(err)
	}
}

// operatorLog returns the last lines of the operator's log.
func operatorLog(t *testing.T) string {
	said, err := output(t.Context(), "", "kubectl", "logs", "--namespace", system, "deployment/"+release, "--tail=40")
	return fmt.Sprintln("the operator's log ends with", errors.Join(err)) + said
}

// newNamespace returns a namespace in which pods must keep to what Kubernetes calls
// restricted. Its deletion begins at the test's end.
func newNamespace(t *testing.T) string {
	t.Helper()
	needCluster(t)
	name := "e2e-" + randomHex(t, 4)
	kubectl(t, "create", "namespace", name)
	kubectl(t, "label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted", "e2e=true")
	t.Cleanup(func() {
		if _, err := output(context.Background(), "", "kubectl", "delete", "namespace", name, "--wait=false"); err != nil {
			t.Error(err)
		}
	})
	return name
}

func randomHex(t *testing.T, bytes int) string {
	t.Helper()
	raw := make([]byte, bytes)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}

// randomKey returns a value that no other test and no source has.
func randomKey(t *testing.T) string { return "k-" + randomHex(t, 12) }

func digestOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
