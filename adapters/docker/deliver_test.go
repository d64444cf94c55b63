package docker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const canary = "c4n4ry-7f3a\n\"quoted\" é\x04\x03\r"

// given is an environment with the canary as KEY, and as the content of files.
func given(t testing.TB, files ...string) workload.Environment {
	t.Helper()
	environment := workload.NewEnvironment(map[string]string{"PLAIN": "plain-value"})
	if err := environment.SetSecret("KEY", secret.NewValue([]byte(canary))); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		setFile(t, &environment, name, 0o400, canary)
	}
	return environment
}

func setFile(t testing.TB, environment *workload.Environment, name string, mode os.FileMode, content string) {
	t.Helper()
	if err := environment.SetFile(name, mode, secret.NewValue([]byte(content))); err != nil {
		t.Fatal(err)
	}
}

func sealed(t testing.TB, image string, args ...string) workload.Spec {
	s := spec(t, image, args...)
	s.Delivery = workload.DeliverySealed
	return s
}

// runIn runs s with environment to its end.
func runIn(t testing.TB, r *Runtime, s workload.Spec, environment workload.Environment, in io.Reader) result {
	t.Helper()
	var out, errs bytes.Buffer
	p, err := r.Start(t.Context(), s, environment, workload.Streams{In: in, Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), status}
}

func TestSealed_VariablesReachTheProgramAndNotTheRecord(t *testing.T) {
	r, image := engine(t, Config{})
	for name, want := range map[string]string{"KEY": canary, "PLAIN": "plain-value", "FROM_IMAGE": "1", "ABSENT": ""} {
		if got := runIn(t, r, sealed(t, image, "env", name), given(t), nil); got.out != want || got.err != "" || got.status != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	var binary workload.Environment
	if err := binary.SetSecret("KEY", secret.NewValue([]byte(canary+"\xff\xc3"))); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, r, sealed(t, image, "env", "KEY"), binary, nil); got.out != canary+"\xff\xc3" {
		t.Errorf("bytes that are not UTF-8: %q", got.out)
	}
	out := &sink{}
	p, err := r.Start(t.Context(), sealed(t, image, "sleep"), given(t, "/run/secrets/a"), workload.Streams{Out: out, Err: out})
	if err != nil {
		t.Fatal(err)
	}
	out.await(t, "ready")
	_, record, err := r.api.ContainerInspectWithRaw(t.Context(), p.(*process).id, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"c4n4ry", "quoted", "plain-value"} {
		if bytes.Contains(record, []byte(part)) {
			t.Errorf("%q is in the Engine's record", part)
		}
	}
	if !bytes.Contains(record, []byte("FROM_IMAGE=1")) {
		t.Error("this was no record of the container")
	}
	cancelled(t, p)
}

// In every kind of image and with every kind of user, the files are as they were
// asked for, on storage that is not the image's.
func TestFile_IsThereForEveryKindOfImageAndUser(t *testing.T) {
	r, image := engine(t, Config{})
	noInit, _ := engine(t, Config{NoInit: true})
	shell := importImage(t, r, fmt.Sprintf("thv-test-shell:p%d", os.Getpid()), []string{"ENTRYPOINT run --it", "USER 77", "WORKDIR /app"})
	for name, c := range map[string]struct {
		runtime *Runtime
		change  func(*workload.Spec)
		want    string
	}{
		"scratch image":     {r, func(*workload.Spec) {}, "0:0"},
		"no init":           {noInit, func(*workload.Spec) {}, "0:0"},
		"numeric user":      {r, func(s *workload.Spec) { s.User = "4321:99" }, "4321:99"},
		"named user":        {r, func(s *workload.Spec) { s.User = "app" }, "1234:1234"},
		"read-only root":    {r, func(s *workload.Spec) { s.ReadOnly = true }, "0:0"},
		"both":              {r, func(s *workload.Spec) { s.ReadOnly, s.User = true, "4321" }, "4321:0"},
		"both, no init":     {noInit, func(s *workload.Spec) { s.ReadOnly, s.User = true, "4321" }, "4321:0"},
		"sealed":            {r, func(s *workload.Spec) { s.Delivery, s.ReadOnly = workload.DeliverySealed, true }, "0:0"},
		"no entrypoint":     {r, func(s *workload.Spec) { s.Image = bare(t, r); s.Command = append([]string{"/probe"}, s.Command...) }, "0:0"},
		"found in PATH":     {r, func(s *workload.Spec) { s.Image = bare(t, r); s.Command = append([]string{"sh"}, s.Command...) }, "0:0"},
		"a working folder":  {r, func(s *workload.Spec) { s.Workdir = "/etc" }, "0:0"},
		"a little memory":   {r, func(s *workload.Spec) { s.Memory = 8 << 20 }, "0:0"},
		"an image's user":   {r, func(s *workload.Spec) { s.Image = image }, "0:0"},
		"an image's script": {r, func(s *workload.Spec) { s.Image = bare(t, r); s.Command = append([]string{"/probe"}, s.Command...) }, "0:0"},
	} {
		t.Run(name, func(t *testing.T) {
			environment := given(t, "/run/secrets/a")
			setFile(t, &environment, "/run/secrets/deep/b", 0o444, "other")
			s := spec(t, image, "stat", "/run/secrets/a", "/run/secrets/deep/b")
			c.change(&s)
			got := runIn(t, c.runtime, s, environment, nil)
			want := fmt.Sprintf("/run/secrets/a -r-------- %[1]s %[2]d bytes %[3]s <nil>\n/run/secrets/deep/b -r--r--r-- %[1]s 5 bytes other <nil>\n",
				c.want, len(canary), canary)
			if diff := cmp.Diff(result{want, "", 0}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("entrypoint in shell form", func(t *testing.T) {
		s := sealed(t, shell)
		s.Labels[testLabel] = t.Name()
		if got := runIn(t, r, s, given(t, "/run/secrets/a"), nil); got.out != `["run --it"] `+canary {
			t.Errorf("%+v", got)
		}
	})
	t.Run("script without a first line", func(t *testing.T) {
		s := sealed(t, bare(t, r), "/app/script", "x")
		if got := runIn(t, r, s, given(t, "/run/secrets/a"), nil); got.out != `["x"] `+canary {
			t.Errorf("%+v", got)
		}
	})
}

func TestFile_OfTheLargestSizeAndManyArrive(t *testing.T) {
	r, image := engine(t, Config{})
	var environment workload.Environment
	args := []string{"stat"}
	want := ""
	for i := range 12 {
		name := fmt.Sprintf("/run/secrets/%d", i%3) + fmt.Sprintf("/%02d", i)
		setFile(t, &environment, name, 0o600, strings.Repeat("\x04\n", workload.MaxFile/2))
		args = append(args, name)
		want += fmt.Sprintf("%s -rw------- 0:0 %d bytes %s <nil>\n", name, workload.MaxFile, strings.Repeat("\x04\n", 20))
	}
	if got := runIn(t, r, spec(t, image, args...), environment, nil); got.out != want {
		t.Errorf("%.2000q %q", got.out, got.err)
	}
}

// What follows the frame is the program's, to the byte.
func TestDelivery_InputAfterTheFrameIsTheProgramsOwn(t *testing.T) {
	r, image := engine(t, Config{})
	long := strings.Repeat("0123456789abcdef\x00\n", 1<<16)
	for name, c := range map[string]struct {
		in   io.Reader
		want string
	}{
		"none": {nil, ""}, "empty": {strings.NewReader(""), ""}, "bytes": {strings.NewReader("a\x00b\xff\r\n"), "a\x00b\xff\r\n"},
		"a frame's beginning": {strings.NewReader("thvframe\x01"), "thvframe\x01"}, "long": {strings.NewReader(long), long},
	} {
		t.Run(name, func(t *testing.T) {
			got := runIn(t, r, sealed(t, image, "cat"), given(t, "/run/secrets/a"), c.in)
			if got.out != c.want || got.err != "end of input" || got.status != 0 {
				t.Errorf("%d bytes, %q, %d", len(got.out), got.err, got.status)
			}
		})
	}
}

func TestDelivery_CommandThatCannotRunIsAShellsStatus(t *testing.T) {
	for _, noInit := range []bool{false, true} {
		r, _ := engine(t, Config{NoInit: noInit})
		for command, want := range map[string]int{"/nosuch": 127, "nosuch": 127, "/plain": 126, "/app": 126, "/probe/x": 127} {
			got := runIn(t, r, sealed(t, bare(t, r), command), given(t), nil)
			if got.status != want || !strings.Contains(got.err, "thv-init: "+command+": ") || strings.Contains(got.err, "c4n4ry") {
				t.Errorf("%s: %+v", command, got)
			}
		}
	}
}

func TestDelivery_EnvironmentThatNoProgramTakesIs126(t *testing.T) {
	r, image := engine(t, Config{})
	var environment workload.Environment
	for i := range 40 {
		if err := environment.SetSecret(fmt.Sprintf("K%d", i), secret.NewValue(bytes.Repeat([]byte("x"), 100<<10))); err != nil {
			t.Fatal(err)
		}
	}
	if got := runIn(t, r, sealed(t, image, "exit", "0"), environment, nil); got.status != 126 || !strings.Contains(got.err, "target=/path") {
		t.Errorf("%+v", got)
	}
}

// An Engine's configuration is JSON, which would change such a value.
func TestStart_VariableThatIsNotUTF8IsRefusedUnlessSealed(t *testing.T) {
	f, r := newFake(t, Config{})
	var environment workload.Environment
	if err := environment.SetSecret("KEY", secret.NewValue([]byte(canary+"\xff"))); err != nil {
		t.Fatal(err)
	}
	_, err := r.Start(t.Context(), local, environment, discard)
	if !errors.Is(err, secret.ErrUnsupported) || !strings.Contains(err.Error(), "KEY") || !strings.Contains(err.Error(), "sealed") || f.called("create") > 0 {
		t.Error(err)
	}
}

func TestReadOnly_KeepsTheImageFromBeingWritten(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "write", "/new")
	if got := run(t, r, s, nil); got.out != "<nil>" {
		t.Errorf("%+v", got)
	}
	s.ReadOnly = true
	if got := run(t, r, s, nil); !strings.Contains(got.out, "read-only file system") {
		t.Errorf("%+v", got)
	}
}
