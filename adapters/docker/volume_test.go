package docker

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/workload"
)

// mountLine returns the line of a container's mountinfo for target.
func mountLine(t *testing.T, r *Runtime, s workload.Spec, target string) string {
	t.Helper()
	out := run(t, r, s, nil).out
	line := regexp.MustCompile(`(?m)^.* ` + target + ` .*$`).FindString(out)
	if line == "" {
		t.Fatalf("nothing is mounted at %s: %s", target, out)
	}
	return line
}

func TestVolume_OptionsReachTheEngine(t *testing.T) {
	r, image := engine(t, Config{})
	for options, want := range map[string]string{
		"ro,z": " ro,", "Z": " rw,", "ro,private,cached": " ro,", "z,rprivate": " rw,", "delegated": " rw,",
	} {
		s := spec(t, image, "file", "/proc/self/mountinfo")
		s.Volumes = []string{hostDirectory(t, r) + ":/data:" + options}
		if line := mountLine(t, r, s, "/data"); !strings.Contains(line, want) {
			t.Errorf("%s: %s", options, line)
		}
	}
}

// A named volume that is empty gets the image's files, but with nocopy.
func TestVolume_NoCopyReachesTheEngine(t *testing.T) {
	r, image := engine(t, Config{})
	for options, want := range map[string]string{"": "/app/script -rwxr-xr-x", ":nocopy": "no such file", ":z,nocopy": "no such file"} {
		name := "thv-test-" + strconv.FormatInt(time.Now().UnixNano(), 36)
		s := spec(t, image, "stat", "/app/script")
		s.Volumes = []string{name + ":/app" + options}
		got := run(t, r, s, nil).out
		if err := r.api.VolumeRemove(t.Context(), name, false); err != nil || !strings.Contains(got, want) {
			t.Errorf("%q: %s, %v", options, got, err)
		}
	}
}

func TestVolume_OptionsThatOnlyPodmanHasAreRefusedByDocker(t *testing.T) {
	r, image := engine(t, Config{})
	directory := hostDirectory(t, r)
	if err := os.WriteFile(filepath.Join(directory, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, r, filepath.Join(directory, "file"))
	s := spec(t, image, "stat", "/data/file")
	s.User = "1234:1234"
	s.Volumes = []string{directory + ":/data:U"}
	if r.isPodman() {
		if got := run(t, r, s, nil).out; !strings.Contains(got, " 1234:1234 ") {
			t.Error(got)
		}
		return
	}
	if _, err := r.Start(t.Context(), s, workload.Environment{}, discard); !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "mode: U") {
		t.Error(err)
	}
}

// Neither engine makes a host directory that is not there, whatever the options are.
func TestVolume_MissingHostDirectoryIsRefused(t *testing.T) {
	r, image := engine(t, Config{})
	for _, options := range []string{"", ":ro", ":z", ":ro,Z"} {
		missing := filepath.Join(hostDirectory(t, r), "missing")
		s := spec(t, image, "exit", "0")
		s.Volumes = []string{missing + ":/data" + options}
		_, err := r.Start(t.Context(), s, workload.Environment{}, discard)
		if !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s: %v", options, err)
		}
		if _, err := os.Stat(missing); err == nil {
			t.Errorf("%s: the directory was made", options)
		}
	}
}

func TestVolume_DirectoryOnAFileIsRefused(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "exit", "0")
	s.Volumes = []string{hostDirectory(t, r) + ":/plain"}
	if _, err := r.Start(t.Context(), s, workload.Environment{}, discard); !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "/plain") {
		t.Error(err)
	}
}
