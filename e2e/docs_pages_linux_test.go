package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// page is a page of the documentation, as a reader sees its code.
type page struct {
	name   string
	blocks []block
	// spans are the texts in code style within sentences and tables.
	spans []string
}

// block is a code block. Its language is empty if the page does not specify one.
type block struct {
	page, language, text string
	line                 int
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// readPages returns the pages for users and operators, without the changelog and the decision
// records, which describe earlier versions.
func readPages(t *testing.T) []page {
	t.Helper()
	names, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, "../README.md", "../SECURITY.md", "../ARCHITECTURE.md", "../CONTRIBUTING.md")
	slices.Sort(names)
	pages := make([]page, 0, len(names))
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, readPage(t, strings.TrimPrefix(name, "../"), source))
	}
	return pages
}

func readPage(t *testing.T, name string, source []byte) page {
	t.Helper()
	p := page{name: name}
	document := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.FencedCodeBlock:
			p.blocks = append(p.blocks, readBlock(name, string(node.Language(source)), node.Lines(), source))
		case *ast.CodeBlock:
			p.blocks = append(p.blocks, readBlock(name, "", node.Lines(), source))
		case *ast.CodeSpan:
			var span strings.Builder
			for child := node.FirstChild(); child != nil; child = child.NextSibling() {
				if piece, ok := child.(*ast.Text); ok {
					span.Write(piece.Value(source))
				}
			}
			p.spans = append(p.spans, strings.NewReplacer(`\|`, "|", "\n", " ").Replace(span.String()))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readBlock(name, language string, lines *text.Segments, source []byte) block {
	b := block{page: name, language: language}
	for i := range lines.Len() {
		segment := lines.At(i)
		if i == 0 {
			b.line = 1 + strings.Count(string(source[:segment.Start]), "\n")
		}
		b.text += string(segment.Value(source))
	}
	return b
}

// checks are the ways to check a block: the first one that accepts it is used. Blocks that run have
// separate tests.
var checks = []struct {
	what  string
	takes func(block) bool
	check func(*testing.T, block)
}{
	{"commands of a reader, which TestDocs_CommandsRun runs", isRun, func(*testing.T, block) {}},
	{"make", func(b block) bool { return b.language == "" && strings.HasPrefix(b.text, "make ") }, checkShell},
	{"commands of an administrator", func(b block) bool { return b.language == "sh" && b.page == "docs/operator-install.md" }, checkShell},
	{"JSON", func(b block) bool { return b.language == "json" }, checkJSON},
	{"a configuration", func(b block) bool { return b.language == "yaml" && strings.HasPrefix(b.text, "secrets:") }, checkConfiguration},
	{"a manifest", func(b block) bool { return b.language == "yaml" && strings.HasPrefix(b.text, "apiVersion:") }, checkManifest},
	{"sessions and the example, which core/protocol compares with files that are run",
		func(b block) bool { return b.page == "docs/provider-protocol.md" && b.language != "" }, func(*testing.T, block) {}},
	{"a reader of stores, which adapters/filestore compiles and runs",
		func(b block) bool { return b.page == "docs/store-format.md" && b.language == "go" }, func(*testing.T, block) {}},
	{"a command that is followed through the source, which TestDocs_CommandsAndOptionsExist compares with the help",
		func(b block) bool { return b.language == "" && b.page == "docs/project-layout.md" }, func(*testing.T, block) {}},
	{"drawings", func(b block) bool {
		return b.language == "" && (b.page == "docs/store-format.md" || b.page == "ARCHITECTURE.md")
	}, func(*testing.T, block) {}},
}

// TestDocs_EveryBlockIsChecked fails for a block that nothing checks.
func TestDocs_EveryBlockIsChecked(t *testing.T) {
	needReal(t)
	for _, p := range readPages(t) {
		for _, b := range p.blocks {
			t.Run(b.String(), func(t *testing.T) {
				for _, c := range checks {
					if c.takes(b) {
						c.check(t, b)
						return
					}
				}
				t.Errorf("nothing checks this:\n%s", b.text)
			})
		}
	}
}
