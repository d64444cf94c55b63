//go:build unix

package ownfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestOpenPrivate_WhatOthersCanReadIsDenied(t *testing.T) {
	path := tree(t) + "/dir/file"
	for mode, want := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false, 0o660: false, 0o601: false} {
		chmod(t, path, mode)
		file, err := OpenPrivate(path)
		if err == nil {
			_ = file.Close()
		}
		if (err == nil) != want {
			t.Errorf("mode %04o: %v", mode, err)
		}
		var denied *Error
		if !want && (!errors.As(err, &denied) || !errors.Is(err, secret.ErrDenied) || !strings.HasPrefix(denied.Fix(), "chmod 600 ") && mode != 0o660) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func TestOpenPrivate_APipeIsNotAFile(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_ = w.Close()
	if err := r.Chmod(0o644); err != nil { // the mode says nothing of a pipe
		t.Fatal(err)
	}
	file, err := OpenPrivate(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

func TestOpenPrivate_AnothersFileIsDenied(t *testing.T) {
	path := tree(t) + "/dir/file"
	give(t, path)
	if _, err := OpenPrivate(path); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

// The shell that opened a descriptor has looked at the mode, or it cannot be changed.
func TestOpenPrivate_OfADescriptorTheModeDoesNotCount(t *testing.T) {
	path := tree(t) + "/dir/file"
	chmod(t, path, 0o644)
	open, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	file, err := OpenPrivate(fmt.Sprintf("/dev/fd/%d", open.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}
