package k8s

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Standard input is the workload's, also where it is a terminal at which a plugin
// would like to ask.
func TestPlugin_GetsNoStandardInput(t *testing.T) {
	outer, inner := terminal(t)
	defer func(old *os.File) { os.Stdin = old }(os.Stdin)
	os.Stdin = inner
	if _, err := outer.WriteString("for the workload\n"); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, holds("c"))
	p := plugin(t, s, "read -r line && exit 3\n"+credentials("made"), Config{})
	if _, err := p.Get(t.Context(), ref(t, "k8s://a/b/c")); err != nil {
		t.Error(err)
	}
}

func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = outer.Close() })
	fd := int(outer.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	return outer, inner
}
