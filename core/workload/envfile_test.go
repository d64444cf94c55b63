package workload

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

func TestParseEnvFile_ReadsWhatShellsSource(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]string
	}{
		"nothing":            {"", map[string]string{}},
		"comments and blank": {"# K=1\n\n  \n\t# x\n", map[string]string{}},
		"plain":              {"A=1\nB_2=two words\n_c=", map[string]string{"A": "1", "B_2": "two words", "_c": ""}},
		"later wins":         {"A=1\nA=2", map[string]string{"A": "2"}},
		"export":             {"export A=1\nexport\tB=2\nexport=3\n  export  C=4", map[string]string{"A": "1", "B": "2", "export": "3", "C": "4"}},
		"equals in a value":  {"A=b=c==", map[string]string{"A": "b=c=="}},
		"inline comment":     {"A=1 # one\nB=#ff0000\nC=a#b\nD= # nothing\nE='x' # y\nF=\"x\" # y", map[string]string{"A": "1", "B": "#ff0000", "C": "a#b", "D": "", "E": "x", "F": "x"}},
		"surrounding space":  {"A= 1 \t\nB= 'x'\nC=\t\"y\"", map[string]string{"A": "1", "B": "x", "C": "y"}},
		"single quotes":      {`A='$x \n "y" #z '`, map[string]string{"A": `$x \n "y" #z `}},
		"double quotes":      {`A="\"\\\$\` + "`" + `\n #'"`, map[string]string{"A": `"\$` + "`" + `\n #'`}},
		"several lines":      {"A=\"one\n two\n\n#three\"\nB=1", map[string]string{"A": "one\n two\n\n#three", "B": "1"}},
		"joined lines":       {"A=\"one\\\ntwo\"", map[string]string{"A": "onetwo"}},
		"space ends a line":  {"A=\"one \t\n two\u00a0\n\" \t\nB=\u00a0x\u00a0", map[string]string{"A": "one \t\n two\u00a0\n", "B": "\u00a0x\u00a0"}},
		"no join":            {"A=\"one\\ \ntwo\"", map[string]string{"A": "one\\ \ntwo"}},
		"json":               {`A={"a": "it's#1"}` + "\nB=[{\"b\": 2}] # c", map[string]string{"A": `{"a": "it's#1"}`, "B": `[{"b": 2}]`}},
		"quote in a comment": {"A=1 # it's", map[string]string{"A": "1"}},
		"windows":            {"\ufeffA=1\r\nB=\"x\r\ny\"\r\n# c\r\n", map[string]string{"A": "1", "B": "x\ny"}},
		"quoted key":         {"A='one\n$two\n'\nB=1", map[string]string{"A": "one\n$two\n", "B": "1"}},
		"container names":    {"discovery.type=1\nx-y=2\nexport 3=4", map[string]string{"discovery.type": "1", "x-y": "2", "3": "4"}},
		"dollar alone":       {"A=5$\nB=\"$ and $.\"\nC=$ x", map[string]string{"A": "5$", "B": "$ and $.", "C": "$ x"}},
		"not expanded":       {"A='${X}'\nB=\"\\${X} costs 5$ \\`x\\`\"", map[string]string{"A": "${X}", "B": "${X} costs 5$ `x`"}},
		"UTF-16LE":           {"\xff\xfeA\x00=\x001\x00\n\x00", map[string]string{"A": "1"}},
		"UTF-16BE":           {"\xfe\xff\x00A\x00=\x20\xac", map[string]string{"A": "€"}},
		"reference":          {"A=op://vault/item/field", map[string]string{"A": "op://vault/item/field"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := EnvParser{}.File("f", strings.NewReader(c.text))
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestParseEnvFile_ErrorNamesTheLineAndNotItsText(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"no equals":        {"A=1\nHunter2\n", 2},
		"export alone":     {"export Hunter2", 1},
		"space in name":    {"# x\n\nHunter2 =1", 3},
		"quoted name":      {"\"Hunter2\"=1", 1},
		"empty name":       {"=Hunter2", 1},
		"single open":      {"A='Hunter2\nB=", 1},
		"double open":      {"A=1\nB=\"Hunter2\nx\ny", 2},
		"after the quote":  {"A='x'Hunter2", 1},
		"after the double": {"A=\"x\ny\" Hunter2\n", 1},
		"double inside":    {"A=1\nB=Hunter2\"bar baz\"", 2},
		"single inside":    {"A=Hunter2'bar'", 1},
		"apostrophe":       {"A=it's Hunter2", 1},
		"no json":          {`A={"Hunter2":}`, 1},
		"comment in json":  {`A={"a": "Hunter2 # b"}`, 1},
		"after NBSP":       {"A='x'\u00a0Hunter2", 1},
		"NBSP before":      {"\u00a0A=Hunter2", 1},
		"hash at a quote":  {"A=1\nB=\"x\"#Hunter2", 2},
		"two exports":      {"export A=Hunter2 B=2", 1},
		"expansion":        {"A=1\nB=\"${Hunter2}\"", 2},
		"variable":         {"A=\"x\n$Hunter2\"", 1},
		"command":          {"A=\"$(Hunter2)\"", 1},
		"backtick":         {"A=\"`Hunter2`\"", 1},
		"unquoted":         {"A=1\nB=x$Hunter2", 2},
		"unquoted braces":  {"A=${Hunter2}", 1},
		"unquoted command": {"A=$(Hunter2)", 1},
		"unquoted tick":    {"A=`Hunter2`", 1},
		"digit":            {"A=$2b$10$Hunter2", 1},
		"in JSON":          {`A={"a": "$Hunter2"}`, 1},
		"CR alone":         {"A=Hunter2\rB=1\r", 1},
		"half UTF-16":      {"\xff\xfeA\x00=", 1},
		"wrong UTF-16":     {"\xff\xfeA\x00=\x00\x00\xd8", 1},
		"NUL":              {"A=Hunter2\x00", 1},
		"not UTF-8":        {"A=Hunter2\xff", 1},
	} {
		t.Run(name, func(t *testing.T) {
			vars, err := EnvParser{}.File("some.env", strings.NewReader(c.text))
			var mistake *EnvFileError
			if !errors.As(err, &mistake) || mistake.File != "some.env" || mistake.Line != c.line || vars != nil {
				t.Fatalf("%q, %v; want line %d", vars, err, c.line)
			}
			if strings.Contains(err.Error(), "Hunter2") || !strings.HasPrefix(err.Error(), "some.env:") {
				t.Errorf("got %q, want an error of some.env without the value", err)
			}
		})
	}
}

func TestParseEnvFile_IsBoundedInSize(t *testing.T) {
	if _, err := (EnvParser{}).File("f", strings.NewReader("A="+strings.Repeat("x", maxEnvFile))); err == nil {
		t.Error("a file over the limit is read")
	}
}

func TestParseEnvDir_ReadsRegularFilesInNameOrder(t *testing.T) {
	got, err := EnvParser{}.Dir(fstest.MapFS{
		"10-b.env":    {Data: []byte("A=late\nB=b")},
		"00-a.env":    {Data: []byte("A=early\nC=c")},
		".hidden":     {Data: []byte("not a variable")},
		"folder/x":    {Data: []byte("not a variable")},
		"no-ending":   {Data: []byte("D=d")},
		"empty":       {},
		"folder/.env": {Data: []byte("E=e")},
	})
	want := map[string]string{"A": "late", "B": "b", "C": "c", "D": "d"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	var mistake *EnvFileError
	if _, err := (EnvParser{}).Dir(fstest.MapFS{"x.env": {Data: []byte("Hunter2")}}); !errors.As(err, &mistake) || mistake.File != "x.env" {
		t.Errorf("the error is %v", err)
	}
	if _, err := (EnvParser{}).Dir(fstest.MapFS{"x": {Mode: fs.ModeSymlink | 0o777, Data: []byte("gone")}}); err == nil {
		t.Error("a link to nothing is passed over")
	}
}

func FuzzParseEnvFile(f *testing.F) {
	for _, text := range []string{
		"A=1\n# c\nexport B='x y'\nC=\"a\\\"\\\nb\nc\" # d\n", "\ufeffA=1\r\n", "A='", "A=\"", "=", "export ", "A = 1", "A=#x #y",
	} {
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const canary = "Hunter2-never-told"
		vars, err := EnvParser{}.File("f", strings.NewReader(before+canary+after))
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error repeats the input: %q", err)
		}
		if err == nil {
			roundTrip(t, vars)
		}
	})
}

// roundTrip writes variables as a file again, and reads that.
func roundTrip(t *testing.T, vars map[string]string) {
	t.Helper()
	var text strings.Builder
	for name, value := range vars {
		if strings.Contains(value, "\r\n") || strings.HasSuffix(value, "\r") {
			return // a line end of Windows becomes one of Unix
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(value)
		text.WriteString("export " + name + `="` + quoted + "\"\n")
	}
	again, err := EnvParser{}.File("again", strings.NewReader(text.String()))
	if err != nil || !maps.Equal(vars, again) {
		t.Errorf("%q becomes %q: %v", vars, again, err)
	}
}
