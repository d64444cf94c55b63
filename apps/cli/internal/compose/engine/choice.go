package engine

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	dockercontext "github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/store"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	defaultContext = "default"
	dockerEndpoint = "docker"

	timeoutVariable = "DOCKER_CLIENT_TIMEOUT"
	longestTimeout  = 3600
)

// choice is the engine that the user has chosen, and by what.
type choice struct {
	hosts []string
	// by is "DOCKER_HOST" or "the Docker context NAME", empty for the default places.
	by       string
	certPath string
	verify   bool
	// timeout is how long the engine may take to answer; 0 is the default.
	timeout time.Duration
	// tls is the configuration of a context; if it is nil, certPath and verify are used.
	tls *tls.Config
}

// choose has docker's order: DOCKER_HOST, DOCKER_CONTEXT, the context of
// `docker context use`, the default places. A configuration file that cannot be read
// is an error if the file might have chosen: the engine gets secrets.
func choose(environ *procenv.Environ, log *slog.Logger) (choice, error) {
	timeout, err := timeoutOf(environ)
	if err != nil {
		return choice{}, err
	}
	chosen, err := chooseHost(environ, log)
	chosen.timeout = timeout
	return chosen, err
}

// timeoutOf reads DOCKER_CLIENT_TIMEOUT, in whole seconds as Docker's Python client and
// Compose 1 have it; 0 if it is not set.
func timeoutOf(environ *procenv.Environ) (time.Duration, error) {
	text := environ.Get(timeoutVariable)
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 || seconds > longestTimeout {
		return 0, fmt.Errorf("%w: %s: got %q, want a number of seconds from 1 to %d", workload.ErrInvalidSpec, timeoutVariable, text, longestTimeout)
	}
	return time.Duration(seconds) * time.Second, nil
}

func chooseHost(environ *procenv.Environ, log *slog.Logger) (choice, error) {
	usual := choice{certPath: environ.Get("DOCKER_CERT_PATH"), verify: environ.Get("DOCKER_TLS_VERIFY") != ""}
	if host := environ.Get("DOCKER_HOST"); host != "" {
		if name := environ.Get("DOCKER_CONTEXT"); name != "" {
			log.Warn("DOCKER_HOST overrides the Docker context of DOCKER_CONTEXT", "host", host, "context", name)
		}
		usual.hosts, usual.by = []string{host}, "DOCKER_HOST"
		return usual, nil
	}
	name := environ.Get("DOCKER_CONTEXT")
	if name == "" {
		file, err := configuration(environ)
		if err != nil {
			return choice{}, fmt.Errorf("%w, so the engine that it chooses is not known; correct the file, or choose with DOCKER_CONTEXT or DOCKER_HOST", err)
		}
		name = file.CurrentContext
	}
	if name == "" || name == defaultContext {
		usual.hosts = places(environ)
		return usual, nil
	}
	return ofContext(filepath.Join(configDirectory(environ), "contexts"), name)
}

// ofContext reads a context as docker keeps it.
func ofContext(directory, name string) (choice, error) {
	if err := store.ValidateContextName(name); err != nil {
		return choice{}, fmt.Errorf("%w: the Docker context: %w", workload.ErrInvalidSpec, err)
	}
	contexts := store.New(directory, store.NewConfig(func() any { return &map[string]any{} },
		store.EndpointTypeGetter(dockerEndpoint, func() any { return &dockercontext.EndpointMetaBase{} })))
	meta, err := contexts.GetMetadata(name)
	if errors.Is(err, fs.ErrNotExist) {
		return choice{}, fmt.Errorf("%w: unable to resolve docker endpoint: context %q: context not found; see docker context ls, and choose one with docker context use or DOCKER_CONTEXT", workload.ErrInvalidSpec, name)
	}
	if err != nil {
		return choice{}, fmt.Errorf("%w: unable to resolve docker endpoint: context %q cannot be read (docker context inspect %s)", secret.ErrCorrupt, name, name)
	}
	endpoint, ok := meta.Endpoints[dockerEndpoint].(dockercontext.EndpointMetaBase)
	if !ok {
		return choice{}, fmt.Errorf("%w: unable to resolve docker endpoint: context %q has no docker endpoint (docker context inspect %s)", workload.ErrInvalidSpec, name, name)
	}
	chosen := choice{by: "the Docker context " + name}
	if endpoint.Host != "" {
		chosen.hosts = []string{endpoint.Host}
	}
	material, err := dockercontext.LoadTLSData(contexts, name, dockerEndpoint)
	if err == nil {
		chosen.tls, err = settings(material, endpoint.SkipTLSVerify)
	}
	if err != nil {
		return choice{}, fmt.Errorf("%w: the TLS files of the Docker context %q: %w", workload.ErrInvalidSpec, name, err)
	}
	return chosen, nil
}

// configDirectory is DOCKER_CONFIG, or .docker in the user's home.
func configDirectory(environ *procenv.Environ) string {
	if directory := environ.Get("DOCKER_CONFIG"); directory != "" {
		return directory
	}
	home := environ.Get("HOME")
	if runtime.GOOS == "windows" {
		home = environ.Get("USERPROFILE")
	}
	return filepath.Join(home, ".docker")
}

// configuration reads config.json. Its error has docker's first words and nothing of
// the file, which may hold credentials; an absent file is an empty one.
func configuration(environ *procenv.Environ) (*configfile.ConfigFile, error) {
	directory := configDirectory(environ)
	file, err := config.Load(directory)
	path := filepath.Join(directory, config.ConfigFileName)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: error loading config file: %s: permission denied", secret.ErrDenied, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: error parsing config file (%s)", secret.ErrCorrupt, path)
	}
	return file, nil
}

// places are the addresses of engines: Docker's of the system, of a rootless engine and
// of the desktop products, and after them Podman's.
func places(environ *procenv.Environ) []string {
	if runtime.GOOS == "windows" {
		return nil
	}
	found := []string{"unix:///var/run/docker.sock"}
	mine := environ.Get("XDG_RUNTIME_DIR")
	if mine != "" {
		found = append(found, "unix://"+filepath.Join(mine, "docker.sock"))
	}
	if home := environ.Get("HOME"); home != "" {
		found = append(found,
			"unix://"+filepath.Join(home, ".docker/run/docker.sock"),
			"unix://"+filepath.Join(home, ".docker/desktop/docker.sock"),
			"unix://"+filepath.Join(home, ".colima/default/docker.sock"),
			"unix://"+filepath.Join(home, ".rd/docker.sock"))
	}
	if mine != "" {
		found = append(found, "unix://"+filepath.Join(mine, "podman/podman.sock"))
	}
	return append(found, "unix:///run/podman/podman.sock")
}
