package terminal

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/thv-secrets/thv/core/printable"
)

// maxCell is what is shown of a cell, in bytes.
const maxCell = 2 << 10

// Table writes rows in columns. Whatever is in a cell, a row is one line.
type Table struct{ columns *tabwriter.Writer }

// NewTable returns a Table that is written to out.
func NewTable(out io.Writer) *Table {
	return &Table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

// Row adds a row. The last cell begins a column only if other rows have one there.
func (t *Table) Row(cells ...string) {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = printable.Line(cell, maxCell)
	}
	fmt.Fprintln(t.columns, strings.Join(shown, "\t"))
}

// Flush writes what was added since the last Flush.
func (t *Table) Flush() error { return t.columns.Flush() }
