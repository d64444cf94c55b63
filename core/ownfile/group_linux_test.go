package ownfile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestAlone_OnlyWithoutAnotherMember(t *testing.T) {
	const mine, others = "root:x:0:0::/:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n", "you:x:1001:1001::/home/you:/bin/sh\n"
	for name, c := range map[string]struct {
		passwd, group string
		want          bool
	}{
		"a private group":           {mine + others, "root:x:0:\nme:x:1000:\n", true},
		"with its user as a member": {mine + others, "me:x:1000:me\n", true},
		"not listed":                {mine, "root:x:0:\n", true},
		"with another member":       {mine + others, "me:x:1000:me,you\n", false},
		"another's as a member":     {mine + others, "me:x:1000:you\n", false},
		"another's primary group":   {mine + "you:x:1001:1000::/:/bin/sh\n", "me:x:1000:\n", false},
		"shared under two names":    {mine, "me:x:1000:\nteam:x:1000:you\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			passwd, group := filepath.Join(folder, "passwd"), filepath.Join(folder, "group")
			for path, text := range map[string]string{passwd: c.passwd, group: c.group} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := alone(passwd, group, 1000, 1000); got != c.want {
				t.Errorf("got %v", got)
			}
			if alone(passwd, group+".absent", 1000, 1000) {
				t.Error("true without the file of groups")
			}
		})
	}
}

func TestPartial_OnlyWhereTheMapLeaves65534Out(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n": false, // the first namespace
		"0 1000 1\n":                         true,  // unshare -r
		"1000 1000 1\n":                      true,  // bubblewrap
		"0 1000 1\n1 100000 65536\n":         false, // rootless Podman: 65534 is a user
		"":                                   false,
		"garbage":                            false,
	} {
		if got := partial(text); got != want {
			t.Errorf("partial(%q): got %v, want %v", text, got, want)
		}
	}
}

// again runs the test in a process of another kind: the files at its path and
// at path.other are read there, the second of which it must refuse.
func again(t *testing.T, top string, attributes *syscall.SysProcAttr) {
	t.Helper()
	if path := os.Getenv("OWNFILE_TEST_READ"); path != "" {
		_, err := Read(path, 100)
		if _, other := Read(path+".other", 100); err != nil || !errors.Is(other, secret.ErrDenied) {
			t.Fatalf("its own: %v; another's: %v", err, other)
		}
		return
	}
	for path := top; path != "/"; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o001 == 0 {
			chmod(t, path, 0o755)
		}
	}
	binary, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(top+"/test", binary, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(top+"/test", "-test.run=^"+t.Name()+"$")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", []string{"OWNFILE_TEST_READ=" + top + "/dir/file"}, attributes
	output, err := cmd.CombinedOutput()
	if attributes.Cloneflags != 0 && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC)) {
		t.Skip("this machine forbids user namespaces:", err)
	}
	if err != nil {
		t.Errorf("the test in the namespace: %v: %s", err, output)
	}
}

// withOther is a tree whose file is the user 12345's, and a file.other of root's.
func withOther(t *testing.T) (top string) {
	t.Helper()
	if os.Getenv("OWNFILE_TEST_READ") != "" {
		return ""
	}
	top = tree(t)
	give(t, top+"/dir/file")
	chmod(t, top+"/dir", 0o755)
	if err := os.WriteFile(top+"/dir/file.other", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return top
}

func TestRead_InAUserNamespaceTrustsDirectoriesThatAreNotMapped(t *testing.T) {
	one := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 12345, Size: 1}}
	again(t, withOther(t), &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER, Credential: &syscall.Credential{NoSetGroups: true}, UidMappings: one, GidMappings: one,
	})
}

func TestRead_WhatAnAccessListLetsOthersWriteIsDenied(t *testing.T) {
	top := withOther(t)
	if top != "" {
		give(t, top+"/dir")
		give(t, top+"/dir/file.other")
		chmod(t, top+"/dir/file.other", 0o664)
		list := []byte{2, 0, 0, 0}
		for _, entry := range [][3]byte{{0x01, 6, 0xff}, {0x02, 6, 1}, {0x04, 4, 0xff}, {0x10, 6, 0xff}, {0x20, 4, 0xff}} { // the user 1 writes
			list = append(list, entry[0], 0, entry[1], 0, entry[2])
			list = append(list, bytes.Repeat([]byte{entry[2] / 0xff * 0xff}, 3)...) // no user is 0xffffffff
		}
		if err := syscall.Setxattr(top+"/dir/file.other", "system.posix_acl_access", list, 0); err != nil {
			t.Skip("this file system has no access lists:", err)
		}
	}
	again(t, top, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}})
}

func TestOpenPrivate_AFileOfRootsIsRootsToProtect(t *testing.T) {
	if os.Geteuid() == 0 { // for root it is a file of its own
		again(t, withOther(t), &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}})
		return
	}
	file, err := OpenPrivate("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

func TestRead_WhatAPrivateGroupMayWrite(t *testing.T) {
	top := withOther(t)
	if top != "" {
		chmod(t, top+"/dir/file", 0o664)
		give(t, top+"/dir")
		chmod(t, top+"/dir", 0o775)
		if err := os.Chown(top+"/dir/file.other", 12345, 100); err != nil {
			t.Fatal(err)
		}
		chmod(t, top+"/dir/file.other", 0o664)
	}
	again(t, top, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}})
}
