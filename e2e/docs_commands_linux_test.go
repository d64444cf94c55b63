package e2e

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// commandHelp has the parts of a command's help.
type commandHelp struct {
	commands []string
	options  map[string]bool
	// hidden is a command that no list has.
	hidden bool
}

// helps are the helps of thv's commands, by their words.
type helps map[string]commandHelp

var (
	helpCommand = regexp.MustCompile(`(?m)^  ([a-z][a-z-]*) `)
	helpOption  = regexp.MustCompile(`(?m)^ +(-[A-Za-z])?,? +(--[a-z][a-z0-9-]*)`)
	option      = regexp.MustCompile(`^\[*(--?[A-Za-z][A-Za-z0-9-]*)`)
	word        = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// of returns the help of a command, from the program.
func (h helps) of(t *testing.T, words ...string) commandHelp {
	t.Helper()
	key := strings.Join(words, " ")
	if known, found := h[key]; found {
		return known
	}
	output, err := exec.CommandContext(t.Context(), program("thv"), append(words, "--help")...).CombinedOutput()
	if err != nil {
		t.Fatalf("thv %s --help: %v\n%s", key, err, output)
	}
	help := commandHelp{options: map[string]bool{}, hidden: strings.Contains(string(output), "\n  thv "+key+" ")}
	if _, list, found := strings.Cut(string(output), "Available Commands:\n"); found {
		list, _, _ = strings.Cut(list, "\n\n")
		for _, match := range helpCommand.FindAllStringSubmatch(list, -1) {
			help.commands = append(help.commands, match[1])
		}
	}
	for _, match := range helpOption.FindAllStringSubmatch(string(output), -1) {
		help.options[match[1]], help.options[match[2]] = true, true
	}
	h[key] = help
	return help
}

// all returns the options of all commands.
func (h helps) all(t *testing.T, words ...string) map[string]bool {
	t.Helper()
	help := h.of(t, words...)
	options := help.options
	for _, name := range help.commands {
		for option := range h.all(t, append(slices.Clip(words), name)...) {
			options[option] = true
		}
	}
	return options
}

// check returns the parts of a command line that thv does not have. Arguments after -- belong to
// another command.
func (h helps) check(t *testing.T, line string) (unknown []string) {
	t.Helper()
	words := strings.Fields(line)
	var path []string
	help := h.of(t)
	for i, w := range words {
		if w == "--" {
			break
		}
		if match := option.FindStringSubmatch(w); match != nil && match[1] != "-" {
			if !help.options[match[1]] {
				unknown = append(unknown, match[1])
			}
			continue
		}
		if i != len(path) || len(help.commands) == 0 || !word.MatchString(w) {
			continue
		}
		if !slices.Contains(help.commands, w) && !h.of(t, append(slices.Clip(path), w)...).hidden {
			return append(unknown, w)
		}
		path = append(path, w)
		help = h.of(t, path...)
	}
	return unknown
}

// thvCommands cuts a line of a block into its commands of thv.
func thvCommands(line string) []string {
	line = strings.TrimPrefix(line, "$ ")
	line, _, _ = strings.Cut(line, "  #")
	line, _, _ = strings.Cut(line, " || ")
	var found []string
	for part := range strings.SplitSeq(line, " | ") {
		if _, command, ok := strings.Cut(" "+part, " thv "); ok {
			found = append(found, command)
		}
	}
	return found
}

// TestDocs_CommandsAndOptionsExist compares what the pages name with the help.
func TestDocs_CommandsAndOptionsExist(t *testing.T) {
	needReal(t)
	known := helps{}
	operator := readAll(t, "../apps/operator/cmd/thv-operator/*.go")
	for _, p := range readPages(t) {
		if p.name == "docs/from-toolhive.md" {
			continue // it names what thv does not have, and has a test of its own
		}
		for _, b := range p.blocks {
			if b.language != "" && b.language != "sh" || b.page == "ARCHITECTURE.md" {
				continue
			}
			for line := range strings.Lines(b.text) {
				for _, command := range thvCommands(line) {
					if unknown := known.check(t, command); len(unknown) > 0 {
						t.Errorf("%v: thv has no %v: %s", b, unknown, line)
					}
				}
			}
		}
		for _, span := range p.spans {
			if command, ok := strings.CutPrefix(span, "thv "); ok && command != "COMMAND --help" {
				for alternative := range strings.SplitSeq(spelled(command), "\n") {
					if unknown := known.check(t, alternative); len(unknown) > 0 {
						t.Errorf("%s: thv has no %v: `%s`", p.name, unknown, span)
					}
				}
			}
			if match := option.FindStringSubmatch(span); match != nil && strings.HasPrefix(match[1], "--") {
				mine := known.all(t)[match[1]]
				operators := strings.Contains(operator, `"`+match[1][2:]+`"`)
				if !mine && !operators {
					t.Errorf("%s: no program has the option `%s`", p.name, span)
				}
			}
		}
	}
}

var alternatives = regexp.MustCompile(`([a-z]+)((?:\|[a-z]+)+)`)

// spelled writes `service install|status` as one line for each, and leaves the values
// of options as they are.
func spelled(command string) string {
	if strings.Contains(command, "--") {
		return command
	}
	match := alternatives.FindString(command)
	if match == "" {
		return command
	}
	var lines []string
	for one := range strings.SplitSeq(match, "|") {
		lines = append(lines, strings.Replace(command, match, one, 1))
	}
	return strings.Join(lines, "\n")
}
