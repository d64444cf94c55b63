// Package canary looks for a value that must not be somewhere, in the forms that
// a leak could have. It shares no code with thv's masker on purpose.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// dumped is the number of bytes in a group of a hexadecimal dump.
const dumped = 8

// Canary is a value and the forms of it, by their names. It may be used by many
// goroutines.
type Canary struct {
	forms map[string]string
}

// New returns the canary that value is: at least 16 bytes, or its forms are found
// by chance, and those of a dump are not all there.
func New(value string) Canary {
	// A string can always be written as JSON.
	quoted, _ := json.Marshal(value)
	forms := map[string]string{
		"plain":   value,
		"hex":     hex.EncodeToString([]byte(value)),
		"url":     url.QueryEscape(value),
		"path":    url.PathEscape(value),
		"json":    strings.Trim(string(quoted), `"`),
		"go":      strings.Trim(strconv.Quote(value), `"`),
		"numbers": strings.Trim(strings.ReplaceAll(jsonNumbers(value), ",", " "), "[]"),
		"array":   strings.Trim(jsonNumbers(value), "[]"),
	}
	// A dump in hexadecimal has groups of eight bytes, one of which is all the value's.
	for from := range len(value) - dumped + 1 {
		forms["dump"+strconv.Itoa(from)] = fmt.Sprintf("% x", value[from:from+dumped])
	}
	// Whatever precedes the value in a base64 text shifts it by 0, 1 or 2 bytes.
	for shift := range 3 {
		encoded := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + value))
		inner := encoded[4 : len(encoded)-4]
		forms["base64url"+strconv.Itoa(shift)] = inner
		forms["base64"+strconv.Itoa(shift)] = strings.NewReplacer("-", "+", "_", "/").Replace(inner)
	}
	return Canary{forms: forms}
}

// In returns the names of the forms that content has, sorted.
func (c Canary) In(content []byte) []string {
	var found []string
	lower := bytes.ToLower(content)
	for name, form := range c.forms {
		if bytes.Contains(content, []byte(form)) || name == "hex" && bytes.Contains(lower, []byte(form)) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// jsonNumbers returns the form of a []byte that was printed by mistake.
func jsonNumbers(value string) string {
	numbers := make([]string, len(value))
	for i, b := range []byte(value) {
		numbers[i] = strconv.Itoa(int(b))
	}
	return "[" + strings.Join(numbers, ",") + "]"
}
