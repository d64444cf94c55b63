package workload

import (
	"errors"
	"regexp"
	"strings"
	"sync"
)

// imagePattern is [REGISTRY/]NAME[:TAG][@DIGEST], as the reference grammar of container
// images has it, and idPattern an image's ID. Patterns are compiled at the first use,
// which most commands do not come to: every command pays for what is done at the start.
var (
	imagePattern = lazily(`^(?:(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?` +
		`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*` +
		`(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`)
	idPattern = lazily(`^(?:sha256:)?[0-9a-f]{64}$`)
)

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// maxImage bounds an image's name, in bytes.
const maxImage = 4096

// CheckImage reports what keeps image from being a container image's reference:
// [REGISTRY/]NAME[:TAG][@DIGEST] in lower case, or an image's ID.
func CheckImage(image string) error {
	switch {
	case image == "":
		return errors.New("a container needs one")
	case strings.Contains(image, "://"):
		return errors.New("it is a URL, and not an image reference; thv runs container images only")
	case len(image) > maxImage || !imagePattern().MatchString(image) && !idPattern().MatchString(image):
		return errors.New("it is not an image reference ([REGISTRY/]NAME[:TAG][@DIGEST], in lower case)")
	}
	return nil
}
