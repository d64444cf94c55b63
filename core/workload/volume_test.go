package workload

import (
	"strings"
	"testing"
)

func TestParseVolume_OptionsAreReadOrNamed(t *testing.T) {
	for text, want := range map[string]Volume{
		"/a:/b":                          {Source: "/a", Target: "/b"},
		"/a:/b:rw":                       {Source: "/a", Target: "/b"},
		"/a:/b:ro,z":                     {Source: "/a", Target: "/b", ReadOnly: true, Relabel: "z"},
		"/a:/b:Z,ro":                     {Source: "/a", Target: "/b", ReadOnly: true, Relabel: "Z"},
		"/a:b:/c:U":                      {Source: "/a:b", Target: "/c", Chown: true},
		"/a:/b:ro:/c:rshared,delegated":  {Source: "/a:/b:ro", Target: "/c", Propagation: "rshared", Consistency: "delegated"},
		`C:\x:/y:cached`:                 {Source: `C:\x`, Target: "/y", Consistency: "cached"},
		"name:/x:nocopy":                 {Source: "name", Named: true, Target: "/x", NoCopy: true},
		"name:/x:z,U,nocopy,ro":          {Source: "name", Named: true, Target: "/x", NoCopy: true, Relabel: "z", Chown: true, ReadOnly: true},
		"/a:/b:rprivate,consistent,rw,Z": {Source: "/a", Target: "/b", Propagation: "rprivate", Consistency: "consistent", Relabel: "Z"},
	} {
		got, err := ParseVolume(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
		again, err := ParseVolume(strings.TrimSuffix(got.Source+":"+got.Target+":"+got.Mode(), ":"))
		if err != nil || again != want {
			t.Errorf("%s, written by Mode: %+v, %v", text, again, err)
		}
	}
	for text, says := range map[string]string{
		"/a:/b:canary":          "unknown option, number 1",
		"/a:/b:ro,canary":       "unknown option, number 2; there are ro, rw, z, Z, U, nocopy, shared",
		"/a:/b:ro,":             "unknown option, number 2",
		"/a:/b:":                "unknown option, number 1",
		"/a:/b:ro,rw":           "option, number 2, that repeats",
		"/a:/b:z,Z":             "option, number 2, that repeats",
		"/a:/b:shared,private":  "option, number 2, that repeats",
		"/a:/b:U,U":             "option, number 2, that repeats",
		"/a:/b:nocopy":          "nocopy",
		"name:/b:rslave":        "propagation",
		"/a:canary:ro":          "no absolute path",
		"/a:/c:ro:canary":       "a colon behind its options",
		"a:/c:ro:canary":        "a colon behind its options",
		"./a:/c:ro:z":           "a colon behind its options",
		"/a:canary":             "is not HOST",
		"canary/relative:/b:ro": "neither",
	} {
		if _, err := ParseVolume(text); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want an error with %q", text, err, says)
		}
	}
}
