//go:build unix

package e2e

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}` + "\n"

// TestRun_EndsTheContainerOfAClientThatIsGone closes the client's end of
// standard output while standard input stays open: the server's next write fails,
// and neither the container nor its secrets may stay behind.
func TestRun_EndsTheContainerOfAClientThatIsGone(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	key := randomKey(t)
	p.must(t, key, "secret", "set", "weather-key")
	for name, more := range map[string][]string{"Masked": nil, "Unmasked": {"--no-masking"}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := p.command(ctx, serverCommand(image, digestOf(key), more...)...)
			input, output := pipes(t, cmd)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(input, initialize); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
				t.Fatalf("no answer: %q, %v", line, err)
			}
			_ = output.Close()
			if _, err := io.WriteString(input, `{"jsonrpc":"2.0","id":2,"method":"ping"}`+"\n"); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 141 {
				t.Errorf("thv ended with %v, want status 141\n%s", err, p.everythingPrinted())
			}
			nothingIsLeft(t, docker, image)
		})
	}
}

func pipes(t *testing.T, cmd *exec.Cmd) (io.WriteCloser, io.ReadCloser) {
	t.Helper()
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return input, output
}

// TestRun_ReadsAnEnvFileFromAPipe has thv hand over to the executable with the
// engine before it reads what can be read only once.
func TestRun_ReadsAnEnvFileFromAPipe(t *testing.T) {
	needReal(t)
	_, image := withEngine(t)
	p := withPasswordFile(t)
	key := randomKey(t)
	p.must(t, key, "secret", "set", "weather-key")
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if _, err := io.WriteString(theirs, "API_KEY=thv://weather-key\nAPI_KEY_SHA256="+digestOf(key)+"\n"); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	cmd := p.command(context.Background(), "run", "--env-file", "/dev/fd/3", "--network", "none", image)
	cmd.ExtraFiles = []*os.File{ours}
	session := connect(t, &mcp.CommandTransport{Command: cmd})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused {
		t.Errorf("refused: %q", text)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
}

// TestExec_KeepsThePasswordFromTheWorkload searches where a workload of the same user could find the
// password: in its own environment, in thv's environment, and in open descriptors.
func TestExec_KeepsThePasswordFromTheWorkload(t *testing.T) {
	needReal(t)
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	password := randomKey(t)
	p.env = append(p.env, "TOOLHIVE_SECRETS_PASSWORD="+password)
	p.must(t, "some value", "secret", "set", "some")
	seen := p.must(t, "", "exec", "--secret", "some", "--", "sh", "-c", "env")
	if strings.Contains(seen, password) {
		t.Error("the password is in the workload's environment")
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if _, err := io.WriteString(theirs, password); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	// Nothing needs the store here, so the descriptor is not read, but must still be closed.
	cmd := p.command(t.Context(), "exec", "--password-fd", "3", "--", "sh", "-c", "cat <&3 || echo closed")
	cmd.ExtraFiles = []*os.File{ours}
	output, err := cmd.Output()
	if err != nil || strings.Contains(string(output), password) || !strings.Contains(string(output), "closed") {
		t.Errorf("the descriptor with the password is open in the workload (%v)", err)
	}
}
