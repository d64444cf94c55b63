package status

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWrite_TellsTheTruthOnAFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		t.Skipf("no mount of its own: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	s := New(folder)
	if err := s.Write(full()); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(folder, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for err == nil {
		_, err = filler.Write(make([]byte, 1024))
	}
	st := full()
	st.State, st.LogProblem = Stopped, ""
	if err := s.Write(st); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read("web"); err != nil || got.State != Stopped {
		t.Errorf("%v %v", got, err)
	}
}
