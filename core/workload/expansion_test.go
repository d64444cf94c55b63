package workload

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func surroundings(name string) (string, bool) {
	value, set := map[string]string{"HOME": "/home/u", "EMPTY": ""}[name]
	return value, set
}

func TestEnvParser_ShellExpandsWhatIsSetBeforeInQuotesAndWithout(t *testing.T) {
	text := "A=1\nHOME_2=$HOME/x\nB=\"$A ${A}2 $HOME\"\nC=${NO-a b}${EMPTY-x}${EMPTY:-y}${NO:-}\nHOME='$A'\nD=$HOME\nE=\"\\$A\" \nF=$A$"
	got, err := EnvParser{Expansion: ExpansionShell, Lookup: surroundings}.File("f", strings.NewReader(text))
	want := map[string]string{"A": "1", "HOME_2": "/home/u/x", "B": "1 12 /home/u", "C": "a by", "HOME": "$A", "D": "$A", "E": "$A", "F": "1$"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestEnvParser_ShellRefusesWhatItDoesNotExpand(t *testing.T) {
	for _, value := range []string{
		"$Hunter2", "${Hunter2}", "$(Hunter2)", "`Hunter2`", "$1", "$$", "$@", "${Hunter2:?x}", "${Hunter2-$HOME}", "${Hunter2-~}", "${HOME",
		"${}", "${1}", "${#HOME}", `\$HOME`, `"${HOME:+Hunter2}"`, "\"${NO-\nHunter2}\"", `"${NO-"Hunter2"}"`,
	} {
		vars, err := EnvParser{Expansion: ExpansionShell, Lookup: surroundings}.File("f", strings.NewReader("A=1\nB="+value))
		var mistake *EnvFileError
		if !errors.As(err, &mistake) || mistake.Line != 2 || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%s: got %q, %v, want an EnvFileError of line 2 without the value", value, vars, err)
		}
	}
}

func TestEnvParser_LiteralKeepsDollars(t *testing.T) {
	text := "A=pa$word\nB=\"${x} $(y) `z` \\$\"\nC='$x'\nD=$2b$10$a\nE=\\$x"
	got, err := EnvParser{Expansion: ExpansionLiteral}.File("f", strings.NewReader(text))
	want := map[string]string{"A": "pa$word", "B": "${x} $(y) `z` $", "C": "$x", "D": "$2b$10$a", "E": `\$x`}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestEnvParser_ShellNamesOfLocalProcesses(t *testing.T) {
	if vars, err := (EnvParser{Shell: true}).File("f", strings.NewReader("A=1\ndiscovery.type=x")); err == nil || !strings.HasPrefix(err.Error(), "f:2: ") {
		t.Errorf("got %q, %v, want an error of line 2", vars, err)
	}
}

// FuzzExpansion compares the three: what is refused is what shell changes or refuses too,
// and what is not refused is the same in all.
func FuzzExpansion(f *testing.F) {
	for _, text := range []string{"A=$HOME", "A=\"${HOME-x}\"", "A=`x`", "A=5$", "A='$HOME'", "A=\\$HOME", "A=$", "A={\"a\": \"$1\"}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read := func(expansion string) (map[string]string, error) {
			return EnvParser{Expansion: expansion, Lookup: surroundings}.File("f", strings.NewReader(text))
		}
		strict, err := read("")
		literal, literalErr := read(ExpansionLiteral)
		shell, shellErr := read(ExpansionShell)
		if err == nil && (literalErr != nil || shellErr != nil || !maps.Equal(strict, literal) || !maps.Equal(strict, shell)) {
			t.Errorf("%q: %q; literal %q %v; shell %q %v", text, strict, literal, literalErr, shell, shellErr)
		}
		if shellErr == nil && literalErr != nil {
			t.Errorf("%q: shell reads %q, literal says %v", text, shell, literalErr)
		}
	})
}
