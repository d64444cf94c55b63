package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// maxKey is Kubernetes' limit for a Secret's key, without room for a number.
const maxKey = 240

// keys has the Kubernetes Secret of each reference. A reference with a scheme that is inCluster
// names it; all others are in one Secret, under keys that are derived from their names.
type keys struct {
	secret    string
	inCluster func(scheme string) bool
	namespace string
	refs      []secret.Ref
	made      map[secret.Ref]string
}

func newKeys(name string, inCluster func(scheme string) bool) keys {
	return keys{secret: name, inCluster: inCluster, made: map[secret.Ref]string{}}
}

// of returns the Secret and the key of ref. References to two namespaces are an error, since an
// MCPServer reads only the Secrets of its own namespace.
func (k *keys) of(ref secret.Ref) (name, key string, err error) {
	if k.inCluster(ref.Scheme()) {
		return k.named(ref)
	}
	if key, known := k.made[ref]; known {
		return k.secret, key, nil
	}
	key = validKey(ref.Path())
	for n := 2; k.taken(key); n++ {
		key = fmt.Sprintf("%s-%d", validKey(ref.Path()), n)
	}
	k.made[ref] = key
	k.refs = append(k.refs, ref)
	return k.secret, key, nil
}

// named returns the Secret and the key that ref names itself.
func (k *keys) named(ref secret.Ref) (name, key string, err error) {
	parts, err := ref.Segments()
	if err != nil || len(parts) != 3 || slices.Contains(parts, "") {
		return "", "", fmt.Errorf("%w: %s is not %s://NAMESPACE/SECRET/KEY", secret.ErrInvalidRef, ref, ref.Scheme())
	}
	if k.namespace != "" && k.namespace != parts[0] {
		return "", "", secret.Usagef("references into the namespaces %s and %s: an MCPServer reads Secrets of one namespace, its own", k.namespace, parts[0])
	}
	k.namespace = parts[0]
	return parts[1], parts[2], nil
}

func (k *keys) taken(key string) bool {
	for _, other := range k.made {
		if other == key {
			return true
		}
	}
	return false
}

// validKey makes text a Secret's key: of [-._a-zA-Z0-9], and not "." or "..".
func validKey(name string) string {
	key := strings.Map(func(c rune) rune {
		if c < 0x80 && strings.ContainsRune("-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c) {
			return c
		}
		return '_'
	}, name)
	if strings.HasPrefix(key, ".") {
		key = "_" + key[1:]
	}
	return key[:min(len(key), maxKey)]
}

// commands are lines for bash that create the Secret with the values that thv has now.
// The first lines stop if a value is missing, since a substitution that fails would be
// empty. A secret that was stored for a workload has no command that prints it, so the
// lines prompt for it. Values pass through pipes and are never arguments.
func (m *manifest) commands() []string {
	if len(m.keys.refs) == 0 {
		return nil
	}
	var lines, names, files []string
	for i, ref := range m.keys.refs {
		quoted, value := quote(ref.String()), "thv secret get -- "+quote(ref.String())
		if ref.System() {
			value = fmt.Sprintf(`printf %%s "$value_%d"`, i+1)
			lines = append(lines, fmt.Sprintf("IFS= read -rsp %s value_%d && echo >&2 &&", quote(ref.String()+", not shown: "), i+1))
		} else {
			names = append(names, quoted)
		}
		files = append(files, fmt.Sprintf("  --from-file=%s=<(%s)", m.keys.made[ref], value))
	}
	if len(names) > 0 {
		lines = append(lines, "thv explain -- "+strings.Join(names, " ")+" >/dev/null &&")
	}
	create := "kubectl create secret generic " + m.keys.secret
	if m.keys.namespace != "" {
		create += " --namespace " + quote(m.keys.namespace)
	}
	lines = append(lines, create+` \`)
	for _, file := range files[:len(files)-1] {
		lines = append(lines, file+` \`)
	}
	return slices.Concat(lines, files[len(files)-1:])
}

// quote quotes for bash, on one line and without a character that cannot be printed.
func quote(word string) string {
	if printable.Is(word) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var text strings.Builder
	for _, b := range []byte(word) {
		fmt.Fprintf(&text, `\x%02x`, b)
	}
	return "$'" + text.String() + "'"
}
