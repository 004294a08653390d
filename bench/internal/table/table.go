// Package table writes figures as Markdown, and puts them into a document.
package table

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Figures are what several rounds measured of one thing.
type Figures []float64

// Median is the middle one, and 0 when there is none.
func (f Figures) Median() float64 {
	if len(f) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(f))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}

	return (sorted[middle-1] + sorted[middle]) / 2
}

// Over divides by the figures of something else, round by round, so that what
// disturbs a round disturbs both.
func (f Figures) Over(other Figures) Figures {
	var ratios Figures
	for i := range min(len(f), len(other)) {
		if other[i] != 0 {
			ratios = append(ratios, f[i]/other[i])
		}
	}

	return ratios
}

// Less subtracts the figures of something else, round by round.
func (f Figures) Less(other Figures) Figures {
	differences := make(Figures, min(len(f), len(other)))
	for i := range differences {
		differences[i] = f[i] - other[i]
	}

	return differences
}

// String is the median and the range, with three significant digits.
func (f Figures) String() string {
	if len(f) == 0 {
		return ""
	}
	if len(f) == 1 {
		return Number(f[0])
	}

	return fmt.Sprintf("%s (%s–%s)", Number(f.Median()), Number(slices.Min(f)), Number(slices.Max(f)))
}

// Number is a figure with three significant digits, and commas between thousands.
func Number(v float64) string {
	text := fmt.Sprintf("%.3g", v)
	if strings.Contains(text, "e") {
		text = fmt.Sprintf("%.0f", v)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}

	return whole
}

// Table is a table in Markdown.
type Table struct{ text strings.Builder }

// New begins a table with its head.
func New(head ...string) *Table {
	t := new(Table)
	t.Add(head...)
	t.text.WriteString(strings.Repeat("|---", len(head)) + "|\n")

	return t
}

// Add adds a row.
func (t *Table) Add(cells ...string) {
	t.text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// String is the text, with the end of its last line.
func (t *Table) String() string { return t.text.String() }

// Replace puts text into a document, between the comments that name it.
func Replace(document, name, text string) error {
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	content, err := os.ReadFile(document) //nolint:gosec // The caller chooses the document.
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the figures: want %q and %q", document, begin, end)
	}
	const mode = 0o644 // Of a file that is there already it does not matter.

	return os.WriteFile(document, []byte(before+begin+text+end+after), mode) //nolint:gosec // As above.
}
