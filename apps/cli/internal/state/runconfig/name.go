package runconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	maxName = 128
	// markBytes is how much of a hash tells images of one name apart.
	markBytes = 4
	// fallbackName is for an image whose reference gives no name.
	fallbackName = "workload"
)

// CheckName returns a usage error if name cannot be a RunConfig's: 1 to 128 of
// [a-zA-Z0-9_.-], with a letter or digit first. Such a name never leads out of the
// directory.
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
	return secret.Usagef("a workload's name is 1 to %d of [a-zA-Z0-9_.-], with a letter or digit first", maxName)
}

// NameOf returns the name that Keep saves spec under unless another process saves
// first: that of at, or one made from its Server or from the image's last part. A part
// of a hash is appended if that name is taken by an image of another repository, by a
// workload of another program, or by a file that cannot be read as a RunConfig.
func (s *Store) NameOf(at SaveTarget, spec workload.Spec) (string, error) {
	if at.Name != "" {
		return at.Name, nil
	}
	repository := Repository(spec.Image)
	text := repository[strings.LastIndex(repository, "/")+1:]
	if isID(repository) {
		text = repository[:len(idPrefix)+shortID]
	}
	if at.Server != "" {
		text = at.Server
	}
	name := clean(text)
	saved, err := s.Load(name)
	switch {
	case errors.Is(err, secret.ErrNotFound):
		return name, nil
	case err != nil && !Unreadable(err):
		return "", err
	case err == nil && Repository(saved.Image) == repository && (spec.SavedFrom == "" || spec.SavedFrom == saved.SavedFrom):
		return name, nil
	}
	mark := repository
	if spec.SavedFrom != "" {
		mark += "\x00" + spec.SavedFrom
	}
	sum := sha256.Sum256([]byte(mark))
	return name[:min(len(name), maxName-2*markBytes-1)] + "-" + hex.EncodeToString(sum[:markBytes]), nil
}

// Unreadable reports whether an error of Load means that the file is not a RunConfig,
// or has a later version. It is false for errors of access.
func Unreadable(err error) bool {
	return errors.Is(err, workload.ErrInvalidSpec) || errors.Is(err, secret.ErrInvalidRef)
}

// Unreachable reports whether err is about a directory that is not there for this user,
// such as that of a home that cannot be written.
func Unreachable(err error) bool {
	return !errors.Is(err, secret.ErrUsage) && (errors.Is(err, secret.ErrDenied) || errors.Is(err, secret.ErrUnavailable))
}

// Repository returns image without its tag and digest. That of an image's ID is the
// ID, and that of a text that is not an image's is the text.
func Repository(image string) string {
	parsed, err := workload.ParseImage(image)
	if err != nil {
		return image
	}
	return parsed.Name()
}

const (
	idPrefix = "sha256:"
	// shortID is how many digits of an ID are in a name.
	shortID = 12
)

func isID(image string) bool {
	digits, found := strings.CutPrefix(image, idPrefix)
	sum, err := hex.DecodeString(digits)
	return found && err == nil && len(sum) == sha256.Size
}

// clean makes a name of text: it replaces characters that no name may have by '-', and
// drops them at the beginning.
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
