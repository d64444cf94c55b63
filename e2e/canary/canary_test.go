package canary

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestIn_FindsEveryForm(t *testing.T) {
	value := `can"ary/0123456789+é&tail`
	c := New(value)
	for name, leak := range map[string]string{
		"plain":       "key=" + value,
		"hex":         strings.ToUpper(hex.EncodeToString([]byte(value))),
		"url":         "?k=" + url.QueryEscape(value),
		"go":          fmt.Sprintf("%+q", value) + fmt.Sprintf("%q", value),
		"numbers":     fmt.Sprint([]byte(value)),
		"base64":      base64.StdEncoding.EncodeToString([]byte(value)),
		"base64 in":   base64.StdEncoding.EncodeToString([]byte(`{"key":"` + value + `"}`)),
		"base64url":   base64.URLEncoding.EncodeToString([]byte("ab" + value)),
		"dump":        hex.Dump([]byte("abc" + value)),
		"quoted dump": fmt.Sprintf("%q", hex.Dump([]byte("abcdefghij"+value))),
		"last of two": "nothing here " + value,
	} {
		if len(c.In([]byte(leak))) == 0 {
			t.Errorf("%s: not found in %s", name, leak)
		}
	}
	if found := c.In([]byte("can ary/0123456789+é&tail")); len(found) != 0 {
		t.Errorf("found as %v in another text", found)
	}
}
