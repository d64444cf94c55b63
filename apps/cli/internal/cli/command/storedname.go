package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// StoredName is the argument NAME of a verb, or in its place the option --name-json,
// which reaches every name that another program has stored.
type StoredName struct {
	// Quoted is the value of --name-json.
	Quoted string
}

const nameJSON = "name-json"

// Flag gives cmd the option.
func (n *StoredName) Flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&n.Quoted, nameJSON, "", `instead of NAME, the name in the encrypted store as a JSON `+"`string`"+`, as thv secret list quotes it: '"a\tb"'`)
}

// Args checks that there is NAME or the option, and not both.
func (n *StoredName) Args(cmd *cobra.Command, args []string) error {
	if !cmd.Flags().Changed(nameJSON) {
		return Names("NAME", 1, 1)(cmd, args)
	}
	if len(args) > 0 {
		return secret.Usagef("--%s and NAME exclude each other", nameJSON)
	}
	return nil
}

// Ref returns the reference, and the name for reports. A name that is the system's is
// one only with system, and then no other is.
func (n *StoredName) Ref(args []string, system bool) (ref secret.Ref, name string, err error) {
	if len(args) > 0 {
		ref, err = ParseRef(args[0], system)
		return ref, ref.String(), err
	}
	if err := json.Unmarshal([]byte(n.Quoted), &name); err != nil {
		return ref, "", secret.Usagef(`--%s takes a string of JSON, as in '"a\tb"'`, nameJSON)
	}
	if ref, err = secret.StoredRef(name); err != nil {
		return ref, "", fmt.Errorf("the secret's name: %w", err)
	}
	if ref.System() != system {
		_, err = ParseRef(name, system)
		return ref, "", err
	}
	return ref, name, nil
}

// ShownName returns the name of a secret in the encrypted store as a list prints it: as
// it is if it can be given as NAME and printed, and else as the JSON string that
// --name-json takes. No two names are shown alike.
func ShownName(name string) string {
	if strings.Contains(name, "://") { // given as NAME, it would be a reference
		return quoted(name)
	}
	return ShownRef(name)
}

// ShownRef is ShownName for a reference of any provider.
func ShownRef(name string) string {
	_, plain := secret.ParseRef(name)
	if strings.HasPrefix(name, secret.SystemPrefix) {
		_, plain = secret.ParseSystemRef(name)
	}
	if plain != nil || strings.HasPrefix(name, `"`) || strings.ContainsFunc(name, unprintable) {
		return quoted(name)
	}
	return name
}

// quoted is name as a JSON string without a character that cannot be printed.
func quoted(name string) string {
	var text strings.Builder
	text.WriteByte('"')
	for _, r := range name {
		switch {
		case r == '"' || r == '\\':
			text.WriteString(`\` + string(r))
		case r == '\t':
			text.WriteString(`\t`)
		case r == '\n':
			text.WriteString(`\n`)
		case unprintable(r):
			text.WriteString(printable.Escape(r))
		default:
			text.WriteRune(r)
		}
	}
	text.WriteByte('"')
	return text.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
