package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/docker/cli/cli/config"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/core/secret"
)

// dockerHub is the key under which `docker login` keeps the credentials for
// docker.io.
const dockerHub = "https://index.docker.io/v1/"

// registryAuth answers what `docker login` has stored for a registry, in the
// form of the Engine API's X-Registry-Auth: base64url of JSON. It is empty for
// a registry that nobody logged in to.
func registryAuth(environ *app.Environ) func(registry string) (string, error) {
	return func(registry string) (string, error) {
		folder := environ.Get("DOCKER_CONFIG")
		if folder == "" {
			folder = filepath.Join(environ.Get("HOME"), ".docker")
		}
		file, err := config.Load(folder)
		if err != nil {
			return "", fmt.Errorf("%w: the Docker configuration in %s does not parse", secret.ErrCorrupt, folder)
		}
		if registry == "docker.io" {
			registry = dockerHub
		}
		stored, err := file.GetAuthConfig(registry)
		if err != nil {
			return "", fmt.Errorf("%w: the credential helper for %s failed; run: docker login %s", secret.ErrUnavailable, registry, registry)
		}
		if stored.Username == "" && stored.IdentityToken == "" && stored.RegistryToken == "" {
			return "", nil
		}
		encoded, err := json.Marshal(stored)
		if err != nil {
			return "", err
		}
		return base64.URLEncoding.EncodeToString(encoded), nil
	}
}
