//go:build unix

package ownfile

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestOnce_IsWhatALaterCommandCannotRead(t *testing.T) {
	top := tree(t)
	file, err := os.Open(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := syscall.Mkfifo(top+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	descriptor := "/dev/fd/" + strconv.FormatUint(uint64(file.Fd()), 10)
	symlink(t, descriptor, top+"/to-descriptor")
	symlink(t, top+"/dir/file", top+"/to-file")
	symlink(t, top+"/pipe", top+"/to-pipe")
	for path, want := range map[string]bool{
		top + "/dir/file": false, top + "/dir": false, top + "/to-file": false, top + "/absent": false,
		top + "/pipe": true, top + "/to-pipe": true, descriptor: true, top + "/to-descriptor": true, "/dev/null": true,
	} {
		if got := Once(path); got != want {
			t.Errorf("Once(%s) is %v", path, got)
		}
	}
}

func TestRegular_OpensNothingElse(t *testing.T) {
	top := tree(t)
	if err := syscall.Mkfifo(top+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{top + "/pipe", top + "/dir", "/dev/null", "/dev/stdin"} {
		if file, err := Regular(path); !errors.Is(err, secret.ErrUnsupported) {
			t.Errorf("Regular(%s): %v, %v", path, file, err)
		}
	}
	file, err := Regular(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}
