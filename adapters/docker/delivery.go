package docker

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/mount"

	"github.com/thv-secrets/thv/core/delivery"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	initName   = "init"
	initPath   = workload.DeliveryFolder + "/" + initName
	initRun    = "run"
	initUpdate = "refresh"
)

// handover has the values that a container gets without appearing in the Engine's record.
// The zero handover is empty, and costs nothing.
type handover struct {
	sealed bool
	paths  []string
	// program is the init executable, once the Engine's architecture is known.
	program []byte
}

// newHandover returns the handover that spec and environment require. It makes no request.
func newHandover(spec workload.Spec, environment workload.Environment) (handover, error) {
	var h handover
	switch spec.Delivery {
	case "", workload.DeliveryEnv:
	case workload.DeliverySealed:
		h.sealed = len(environment.Names()) > 0
	default:
		return handover{}, invalid("delivery", "%q is neither env nor sealed", spec.Delivery)
	}
	for _, file := range environment.Files() {
		h.paths = append(h.paths, file.Path)
	}
	if err := workload.CheckFiles(h.paths); err != nil {
		return handover{}, fmt.Errorf("secrets: %w", err)
	}
	return h, nil
}

// configured returns the variables for the container's configuration. It refuses values that
// the JSON of the configuration would change.
func (h handover) configured(environment workload.Environment) ([]string, error) {
	if h.sealed {
		return nil, nil
	}
	pairs := environment.Strings()
	for _, pair := range pairs {
		if !utf8.ValidString(pair) {
			name, _, _ := strings.Cut(pair, "=")
			return nil, fmt.Errorf("%w: the value of %s is not UTF-8, which an Engine's configuration does not hold; deliver it sealed (--delivery sealed) or as a file (target=/path)",
				secret.ErrUnsupported, name)
		}
	}
	return pairs, nil
}

func (h handover) needed() bool { return h.sealed || len(h.paths) > 0 }

// frame returns the frame to send; the caller must wipe it.
func (h handover) frame(environment workload.Environment) ([]byte, error) {
	var f delivery.Frame
	if h.sealed {
		for _, pair := range environment.Strings() {
			name, value, _ := strings.Cut(pair, "=")
			f.Variables = append(f.Variables, delivery.Variable{Name: name, Value: []byte(value)})
		}
	}
	for _, file := range environment.Files() {
		f.Files = append(f.Files, delivery.File{Path: file.Path, Mode: uint32(file.Mode), Content: file.Content.Bytes()})
	}
	text, err := delivery.Encode(f)
	for _, v := range f.Variables {
		clear(v.Value)
	}
	for _, file := range f.Files {
		clear(file.Content)
	}
	if errors.Is(err, delivery.ErrTooLarge) {
		return nil, fmt.Errorf("%w: all values together are more than %d MiB", secret.ErrTooLarge, delivery.MaxBody>>20)
	}
	if err != nil {
		return nil, invalid("secrets", "a name or a value is not valid for a variable or a file")
	}
	return text, nil
}

// prepare makes p run the init executable for the Engine's architecture before the image's
// command.
func (r *Runtime) prepare(ctx context.Context, p *plan, h *handover, streams workload.Streams) error {
	if r.config.Init == nil {
		return fmt.Errorf("%w: files and sealed delivery need an init program, but none is configured; deliver variables (delivery env)", secret.ErrUnsupported)
	}
	type answer struct {
		version types.Version
		err     error
	}
	asked := make(chan answer, 1)
	go func() {
		bounded, cancel := context.WithTimeout(ctx, r.limits.call)
		defer cancel()
		version, err := r.api.ServerVersion(bounded)
		asked <- answer{version, err}
	}()
	made, err := r.imageOf(ctx, *p, streams)
	engine := <-asked
	if err != nil {
		return err
	}
	if engine.err != nil {
		return r.failed(ctx, "asking for its architecture", engine.err)
	}
	if engine.version.Os != "linux" {
		return fmt.Errorf("%w: files and sealed delivery need Linux containers, and the Docker Engine at %s runs those of %q", secret.ErrUnsupported, r.host.address, engine.version.Os)
	}
	if h.program, err = r.config.Init(engine.version.Arch); err != nil {
		return err
	}
	return p.mountInit(*h, made)
}

// imageOf inspects the image, and pulls it if it is missing.
func (r *Runtime) imageOf(ctx context.Context, p plan, streams workload.Streams) (image.InspectResponse, error) {
	inspect := func() (image.InspectResponse, error) {
		bounded, cancel := context.WithTimeout(ctx, r.limits.call)
		defer cancel()
		return r.api.ImageInspect(bounded, p.config.Image)
	}
	made, err := inspect()
	if cerrdefs.IsNotFound(err) && ctx.Err() == nil {
		if p.pull == workload.PullNever {
			return made, r.imageAbsent(p.config.Image, p.pull)
		}
		if err := r.pull(ctx, p, streams.Progress); err != nil {
			return made, err
		}
		made, err = inspect()
	}
	if err != nil {
		return made, r.failed(ctx, "looking at the image "+p.config.Image, err)
	}
	return made, nil
}

// mountInit puts the init executable, in a volume, before the image's command, and adds
// memory-backed storage for the files.
func (p *plan) mountInit(h handover, made image.InspectResponse) error {
	var entrypoint, command []string
	folder := p.config.WorkingDir
	if made.Config != nil {
		entrypoint, command = made.Config.Entrypoint, made.Config.Cmd
		if folder == "" {
			folder = made.Config.WorkingDir
		}
	}
	if len(p.config.Cmd) > 0 {
		command = p.config.Cmd
	}
	command = slices.Concat(entrypoint, command)
	if len(command) == 0 {
		return invalid("cmd_args", "the image %s says no command, and neither does the run; give one after --", p.config.Image)
	}
	if err := p.mountDirectories(h, folder, command[0]); err != nil {
		return err
	}
	p.config.Entrypoint = []string{initPath, initRun, p.restarted()}
	p.config.Cmd = command
	p.config.AttachStdin, p.config.OpenStdin, p.config.StdinOnce = true, true, true
	p.host.Mounts = append(p.host.Mounts, mount.Mount{
		Type: mount.TypeVolume, Target: workload.DeliveryFolder,
		VolumeOptions: &mount.VolumeOptions{NoCopy: true, Labels: p.config.Labels},
	})
	return nil
}

// mountDirectories adds storage for each directory of files, unless that would hide files which the
// workload needs.
func (p *plan) mountDirectories(h handover, workdir, command string) error {
	count := map[string]int{}
	for _, name := range h.paths {
		count[path.Dir(name)]++
	}
	if err := p.checkVolumes(h.paths, count); err != nil {
		return err
	}
	for folder, files := range count {
		for _, needed := range []string{workdir, command} {
			if path.IsAbs(needed) && within(path.Clean(needed), folder) {
				return invalid("secrets", "a file in %s would hide the image's own %s; choose a folder for secrets alone, such as /run/secrets", folder, needed)
			}
		}
		if p.host.Tmpfs == nil {
			p.host.Tmpfs = map[string]string{}
		}
		p.host.Tmpfs[folder] = fmt.Sprintf("rw,noexec,nosuid,nodev,mode=1777,size=%d", storage(files))
	}
	return nil
}

// checkVolumes refuses a volume at the path of a file, of its directory, or of the init executable.
func (p *plan) checkVolumes(files []string, folders map[string]int) error {
	for _, m := range p.volumes {
		if within(m.Target, workload.DeliveryFolder) {
			return invalid("volumes", "one is mounted at %s, where the program is that hands the secrets over; mount it at another place", m.Target)
		}
		if _, is := folders[m.Target]; is {
			return invalid("volumes", "one is mounted at %s, where a secret's file is to be; mount it at another place, or choose another folder for the file", m.Target)
		}
		for _, name := range files {
			if within(m.Target, name) {
				return invalid("volumes", "one is mounted at %s, in the place of the secret's file %s; mount it at another place", m.Target, name)
			}
		}
	}
	return nil
}

// storage returns the size for twice the given number of files of the maximum size, since a
// refresh creates the new files before it removes the old ones.
func storage(files int) int { return 2*files*workload.MaxFile + 64<<10 }

func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// restarted returns the name for thv restart, to which the name of the container may add a
// number; empty for a run in the foreground.
func (p plan) restarted() string {
	if _, foreground := p.config.Labels[workload.LabelForeground]; foreground {
		return ""
	}
	if name := p.config.Labels[workload.LabelName]; name != "" {
		return name
	}
	return p.name
}
