package runconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	maxName = 128
	// markBytes is how much of a hash tells images of one name apart.
	markBytes = 4
	// fallbackName is that of an image of which no name follows.
	fallbackName = "workload"
)

// CheckName returns a usage error where name cannot be a RunConfig's: 1 to 128
// of [a-zA-Z0-9_.-], with a letter or digit first. So no name leads out of the
// folder.
func CheckName(name string) error {
	for i, c := range []byte(name) {
		if !alphanumeric(c) && (i == 0 || !strings.ContainsRune("_.-", rune(c))) {
			return errName()
		}
	}
	if name == "" || len(name) > maxName {
		return errName()
	}
	return nil
}

func errName() error {
	return terminal.Usagef("a workload's name is 1 to %d of [a-zA-Z0-9_.-], with a letter or digit first", maxName)
}

// NameFor returns the name under which a run of image is saved that was given
// none: the image's last part. Where that is taken by an image of another
// repository, a mark of this one's follows it.
func (s *Store) NameFor(image string) (string, error) {
	repository := Repository(image)
	return s.free(repository[strings.LastIndex(repository, "/")+1:], repository)
}

// NameForServer is NameFor for a server of a registry that runs image: the server's
// own name comes first, since two servers may have one image.
func (s *Store) NameForServer(server, image string) (string, error) {
	return s.free(server, Repository(image))
}

// free makes text a name, with a mark where another repository has it.
func (s *Store) free(text, repository string) (string, error) {
	name := clean(text)
	saved, err := s.Load(name)
	switch {
	case errors.Is(err, secret.ErrNotFound):
		return name, nil
	case err != nil:
		return "", err
	case Repository(saved.Image) == repository:
		return name, nil
	}
	sum := sha256.Sum256([]byte(repository))
	return name[:min(len(name), maxName-2*markBytes-1)] + "-" + hex.EncodeToString(sum[:markBytes]), nil
}

// Repository returns image without its tag and digest.
func Repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if colon := strings.LastIndex(image, ":"); colon > strings.LastIndex(image, "/") {
		image = image[:colon]
	}
	return image
}

// clean makes text a name: what no name may hold becomes '-', or goes where it
// comes first.
func clean(text string) string {
	name := strings.Map(func(c rune) rune {
		if c < 0x80 && (alphanumeric(byte(c)) || strings.ContainsRune("_.-", c)) {
			return c
		}
		return '-'
	}, text)
	name = strings.TrimLeft(name, "_.-")
	if name == "" {
		return fallbackName
	}
	return name[:min(len(name), maxName)]
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
