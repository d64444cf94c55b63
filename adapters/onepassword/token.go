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

// secretLike is what a token looks like in a text, and the secret key inside one.
var secretLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`ops_[A-Za-z0-9_=-]*|A3-[A-Z0-9-]{6,}`)
})

// checkToken refuses, without asking anybody, what the SDK would refuse after
// having compiled its core for seconds. What passes may still be no token.
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

// trimmed returns the token without the space around it, such as the end of the
// line in the file that it came from.
func trimmed(token secret.Value) string { return string(bytes.TrimSpace(token.Bytes())) }

// masked returns the first line of text, bounded, without the token and without
// anything that looks like one.
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
