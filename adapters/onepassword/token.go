package onepassword

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/thv-secrets/thv/core/secret"
)

const tokenPrefix = "ops_"

// secretLike matches a token in a text, and the secret key inside one.
var secretLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`ops_[A-Za-z0-9_=-]*|A3-[A-Z0-9-]{6,}`)
})

// checkToken refuses, without a request, a text that the SDK would refuse only after it has
// compiled its core for seconds. A text that passes may still not be a token.
func checkToken(token secret.Value) error {
	text := trimmed(token)
	if text == "" {
		return noToken()
	}
	encoded, found := strings.CutPrefix(text, tokenPrefix)
	if !found {
		return notAToken()
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || !bytes.HasPrefix(decoded, []byte("{")) || !json.Valid(decoded) {
		return notAToken()
	}
	return nil
}

// trimmed returns the token without surrounding space, such as the line end of a file.
func trimmed(token secret.Value) string { return string(bytes.TrimSpace(token.Bytes())) }

// masked returns the first line of text, limited in length, without the token and without text
// that looks like one.
func masked(text string, token secret.Value) string {
	text, _, _ = strings.Cut(text, "\n")
	if t := trimmed(token); t != "" {
		text = strings.ReplaceAll(text, t, secret.Redacted)
	}
	text = clean(secretLike().ReplaceAllString(text, secret.Redacted))
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return text
}

const maxWords = 300
