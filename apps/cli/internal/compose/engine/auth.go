package engine

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"

	"github.com/docker/cli/cli/config/credentials"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
)

// dockerHub is the key under which `docker login` keeps the credentials for
// docker.io.
const dockerHub = "https://index.docker.io/v1/"

// registryAuth returns what `docker login` has stored for a registry, in the form of
// the Engine API's X-Registry-Auth: base64url of JSON. It is empty for a registry
// without a login. As with docker, a configuration that cannot be read and a helper
// that fails are warnings, and the pull goes on without credentials.
func registryAuth(environ *procenv.Environ, log *slog.Logger) func(registry string) (string, error) {
	return func(registry string) (string, error) {
		file, err := configuration(environ)
		if err != nil {
			log.Warn("pulling without credentials", "registry", registry, "error", err)
			return "", nil
		}
		if !file.ContainsAuth() { // as docker: the platform's store, if it is installed
			file.CredentialsStore = credentials.DetectDefaultStore(file.CredentialsStore)
		}
		if registry == "docker.io" {
			registry = dockerHub
		}
		stored, err := file.GetAuthConfig(registry)
		if err != nil { // whose text may hold what the helper printed
			log.Warn("the credential helper failed; pulling without credentials (docker login renews them)", "registry", registry)
			return "", nil
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
