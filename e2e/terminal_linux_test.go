package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a new pseudo-terminal of 80 by 24.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	// The descriptor is asked for through SyscallConn: Fd would make it
	// blocking, and a Close would no longer end a Read.
	raw, err := ours.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed != nil {
			return
		}
		if number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failed != nil {
			return
		}
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24})
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// terminalClient is an MCP client's side of a terminal. A terminal echoes its input and also shows
// standard error; both are removed from the output.
type terminalClient struct {
	file  *os.File
	lines *bufio.Scanner
	rest  []byte

	mu    sync.Mutex
	typed map[string]bool
	shown bytes.Buffer
}

func (c *terminalClient) Write(text []byte) (int, error) {
	c.mu.Lock()
	for line := range strings.Lines(string(text)) {
		c.typed[strings.TrimSpace(line)] = true
	}
	c.mu.Unlock()
	return c.file.Write(text)
}

func (c *terminalClient) Read(into []byte) (int, error) {
	for len(c.rest) == 0 {
		if !c.lines.Scan() {
			return 0, io.EOF
		}
		line := strings.TrimSpace(c.lines.Text())
		c.mu.Lock()
		c.shown.WriteString(line + "\n")
		if strings.HasPrefix(line, "{") && !c.typed[line] {
			c.rest = []byte(line + "\n")
		}
		c.mu.Unlock()
	}
	n := copy(into, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// Close types Control-D, the end of the input, and leaves the terminal open.
func (c *terminalClient) Close() error {
	_, err := c.file.Write([]byte{4})
	return err
}

func (c *terminalClient) everythingShown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.String()
}

func TestRoundTrip_InATerminal(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	key := randomKey(t)
	p.must(t, key, "secret", "set", "weather-key")
	t.Run("Process", func(t *testing.T) { terminalRoundTrip(t, p, key, "") })
	t.Run("Container", func(t *testing.T) {
		terminalRoundTrip(t, p, key, image)
		nothingIsLeft(t, docker, image)
	})
	t.Run("Sealed container", func(t *testing.T) {
		terminalRoundTrip(t, p, key, image, "--delivery", "sealed")
		nothingIsLeft(t, docker, image)
	})
}

func terminalRoundTrip(t *testing.T, p *user, key, image string, options ...string) {
	t.Helper()
	ours, theirs := openTerminal(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := p.command(ctx, serverCommand(image, digestOf(key), options...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	client := &terminalClient{file: ours, lines: bufio.NewScanner(ours), typed: map[string]bool{}}
	// A terminal in its normal mode accepts lines of at most 4 KiB, and the change to raw mode
	// takes a moment: the server reports when it is ready.
	for client.lines.Scan() && !strings.Contains(client.lines.Text(), "keyserver: ready") {
		client.shown.WriteString(client.lines.Text() + "\n")
	}

	session := connect(t, &mcp.IOTransport{Reader: client, Writer: client})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
		t.Errorf("forecast: %q (refused: %v)", text, refused)
	}
	if text, _ := call(t, session, "echo_key", map[string]any{"form": "plain"}); text != "the key is [redacted]" {
		t.Errorf("the key came through as %q", strings.ReplaceAll(text, key, "<the key>"))
	}
	if err := session.Close(); err != nil {
		t.Errorf("the end: %v", err)
	}
	// Closing may have typed before the session had read everything.
	_ = client.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("thv: %v\n%s", err, client.everythingShown())
	}
	if shown := client.everythingShown(); strings.Contains(shown, key) || strings.Contains(shown, "_thv:") || strings.Contains(shown, "thvframe") {
		t.Error("the key, or something of its delivery, is on the terminal")
	}
}
