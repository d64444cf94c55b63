//go:build unix

package filestore

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/core/secret"
)

// The test binary is also a program that does one thing to a store: the tests
// below start it as processes of their own.
const (
	actionVariable = "THV_FILESTORE_TEST_ACTION"
	pathVariable   = "THV_FILESTORE_TEST_PATH"
	nameVariable   = "THV_FILESTORE_TEST_NAME"
)

// marker is looked at, and is not there, right before an action begins: a trace
// shows where that is.
const marker = "/thv-filestore-test-marker"

func init() {
	// What an action does is to be on one thread, the first: a trace counts
	// system calls thread by thread.
	if os.Getenv(actionVariable) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	action := os.Getenv(actionVariable)
	if action == "" {
		os.Exit(m.Run())
	}
	if err := act(action, os.Getenv(pathVariable), os.Getenv(nameVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func act(action, path, name string) error {
	ctx := context.Background()
	c := Config{Path: path, Keys: fixed(generated), LockTimeout: time.Minute}
	ring := fileRing(path + ".ring-")
	if strings.HasPrefix(action, "create") || action == "rotate" || action == "upgrade" {
		c.Keys = ring
	}
	if action == "create1" {
		c.Format = Format1
	}
	s, err := New(c)
	if err != nil {
		return err
	}
	_, _ = os.Stat(marker)
	switch action {
	case "set", "create1", "create2":
		err = set(ctx, s, name, "new")
	case "rotate":
		err = s.ChangePassword(ctx, Key{Password: GeneratePassword(), From: "the test's files", Keep: ring.keep})
	case "upgrade":
		err = s.Upgrade(ctx)
	case "sets":
		for i := 0; i < setsEach && err == nil; i++ {
			err = set(ctx, s, fmt.Sprintf("%s-%d", name, i), name)
		}
	case "theirs":
		err = theirSets(ctx, path, name)
	case "hold":
		var lock *disk.Lock
		if lock, err = disk.Acquire(ctx, path, time.Minute); err != nil {
			return err
		}
		fmt.Println("held")
		_, _ = os.Stdin.Read(make([]byte, 1))
		lock.Release()
	}
	if err == nil && (action == "rotate" || action == "upgrade") {
		_, err = fmt.Println("acknowledged", name)
	}
	return err
}

// fileRing is a keyring between processes, without any secrecy: files whose names
// begin with it. Whoever makes a store makes a password of his own.
type fileRing string

func (r fileRing) Key(_ context.Context, q Request) (Key, error) {
	key, ok := firstKept(q, func(account string) string {
		text, _ := os.ReadFile(string(r) + account)
		return string(text)
	})
	if !ok {
		return Key{}, fmt.Errorf("%w: nothing more is kept", secret.ErrLocked)
	}
	return key, nil
}

func (r fileRing) NewKey(context.Context, Request) (Key, error) {
	return Key{Password: GeneratePassword(), From: "the test's files", Keep: r.keep}, nil
}

func (r fileRing) keep(_ context.Context, account string, password secret.Value) error {
	temp := string(r) + rand.Text()
	if err := os.WriteFile(temp, password.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, string(r)+account)
}

// set acknowledges on standard output.
func set(ctx context.Context, s *Store, name, text string) error {
	ref, err := secret.ParseRef(name)
	if err != nil {
		return err
	}
	if err := s.Put(ctx, ref, value(text)); err != nil {
		return err
	}
	_, err = fmt.Println("acknowledged", name)
	return err
}

func actor(ctx context.Context, action, path, name string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	// GORACE: the race detector would sleep for a second at the end.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", actionVariable+"="+action, pathVariable+"="+path, nameVariable+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

const (
	writers  = 48
	setsEach = 20
)

func TestPut_ManyProcessesLoseNoAcknowledgedWrite(t *testing.T) {
	path, keys := madeStore(t)
	acknowledged := startAll(t, writers, "sets", path)
	if len(acknowledged) != writers*setsEach {
		t.Errorf("%d writes acknowledged", len(acknowledged))
	}
	s := open(t, Config{Path: path, Keys: keys})
	for name := range acknowledged {
		wantValue(t, s, name, name[:strings.LastIndex(name, "-")])
	}
	if n := len(names(t, s)); n != writers*setsEach+1 {
		t.Errorf("%d secrets", n)
	}
	wantOnly(t, path)
}

func TestPut_ProcessesThatCreateAtOnceLoseNothing(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for range 5 {
			path := storePath(t)
			acknowledged := startAll(t, 3, fmt.Sprintf("create%d", f), path)
			s := open(t, Config{Path: path, Keys: fileRing(path + ".ring-")})
			for name := range acknowledged {
				wantValue(t, s, name, "new")
			}
			if len(acknowledged) != 3 {
				t.Errorf("%d writes acknowledged", len(acknowledged))
			}
		}
	})
}

// startAll starts n processes at once, and answers what they acknowledged.
func startAll(t *testing.T, n int, action, path string) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	acknowledged := map[string]bool{}
	for i := range n {
		group.Go(func() {
			out, err := actor(t.Context(), action, path, fmt.Sprintf("w%d", i)).Output()
			if err != nil {
				t.Errorf("process %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for line := range strings.Lines(string(out)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "acknowledged "); ok {
					acknowledged[name] = true
				}
			}
		})
	}
	group.Wait()
	return acknowledged
}

// wantOnly finds nothing but the store and its lock in the folder.
func wantOnly(t *testing.T, path string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range all {
		if name := entry.Name(); name != filepath.Base(path) && name != filepath.Base(path)+".lock" && name != filepath.Base(path)+".lock.thv" {
			t.Errorf("%s is left", name)
		}
	}
}

func TestPut_ALockThatAStoppedProcessHoldsIsUnavailable(t *testing.T) {
	path, keys := madeStore(t)
	holder := actor(t.Context(), "hold", path, "")
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatal(line, err)
	}
	signal(t, holder, syscall.SIGSTOP)
	s := open(t, Config{Path: path, Keys: keys, LockTimeout: 100 * time.Millisecond})
	err = s.Put(t.Context(), ref(t, "a"), value("2"))
	wantError(t, err, secret.ErrUnavailable)
	pid := fmt.Sprintf("pid %d", holder.Process.Pid)
	if !strings.Contains(err.Error(), path+".lock") || runtime.GOOS == "linux" && !strings.Contains(err.Error(), pid) {
		t.Errorf("unclear: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, open(t, Config{Path: path, Keys: keys}).Put(ctx, ref(t, "a"), value("2")), context.DeadlineExceeded)
	wantValue(t, s, "a", "1") // reading takes no lock
	signal(t, holder, syscall.SIGCONT)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err != nil {
		t.Fatal(err)
	}
	// The two waits above were given up: what comes too late is given back.
	put(t, open(t, Config{Path: path, Keys: keys}), "a", "2")
	wantValue(t, s, "a", "2")
}

func signal(t *testing.T, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
