package workload

import (
	"errors"
	"regexp"
	"strings"
	"sync"
)

// imagePattern matches [REGISTRY/]NAME[:TAG][@DIGEST] by the reference grammar of container
// images, and idPattern matches an image ID. They are compiled at the first use, which most
// commands do not need, since every command would pay for it at the start.
var (
	imagePattern = lazily(`^((?:(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?` +
		`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)` +
		`(?::(\w[\w.-]{0,127}))?(?:@(` + digest + `))?$`)
	idPattern = lazily(`^(?:(?:sha256:)?[0-9a-f]{64}|` + digest + `)$`)
)

// digest matches a digest with one of the algorithms that registries use.
const digest = `sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}`

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

const (
	// maxPath bounds the name of an image without registry, tag and digest, in bytes.
	maxPath = 255
	// library is what an engine puts before a name without a slash on Docker Hub, which
	// is the registry if none is named. It counts.
	library = "library/"
)

// Image is a parsed [Spec.Image]: either an ID or the other fields.
type Image struct {
	// Repository is the part [REGISTRY/]NAME, unchanged.
	Repository string
	// Tag and Digest are empty if the text has none.
	Tag, Digest string
	// ID is the image ID, unchanged.
	ID string
}

// ParseImage parses [REGISTRY/]NAME[:TAG][@DIGEST] in lower case, or an image ID. It accepts
// and splits the same texts as the container engines. The error does not repeat text.
func ParseImage(text string) (Image, error) {
	switch {
	case text == "":
		return Image{}, errors.New("a container needs one")
	case strings.Contains(text, "://"):
		return Image{}, errors.New("it is a URL, and not an image reference; thv runs container images only")
	case idPattern().MatchString(text):
		return Image{ID: text}, nil
	}
	parts := imagePattern().FindStringSubmatch(text)
	if parts == nil || len(pathOf(parts[1])) > maxPath {
		return Image{}, errors.New("it is not an image reference ([REGISTRY/]NAME[:TAG][@DIGEST], in lower case)")
	}
	return Image{Repository: parts[1], Tag: parts[2], Digest: parts[3]}, nil
}

// pathOf returns repository without its registry, as an engine completes it. What
// precedes the first slash is a registry if it is localhost, or has a dot, a colon or an
// upper-case letter.
func pathOf(repository string) string {
	first, rest, found := strings.Cut(repository, "/")
	switch {
	case !found:
		return library + repository
	case (first == "docker.io" || first == "index.docker.io") && !strings.Contains(rest, "/"):
		return library + rest
	case first == "localhost", strings.ContainsAny(first, ".:"), strings.ToLower(first) != first:
		return rest
	}
	return repository
}

// String returns the text that [ParseImage] parses as i.
func (i Image) String() string {
	text := i.Repository + i.ID
	if i.Tag != "" {
		text += ":" + i.Tag
	}
	if i.Digest != "" {
		text += "@" + i.Digest
	}
	return text
}

// Name returns the text without tag and digest: the repository, or the ID.
func (i Image) Name() string { return i.Repository + i.ID }
