package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// Problem is something wrong at a place in a proto file.
type Problem struct {
	Position service.Position
	// Text says what is wrong and what to do about it.
	Text string
}

// String returns file:line:column and the text.
func (p Problem) String() string {
	return p.Position.String() + ": " + p.Text
}

// Problems are several problems.
type Problems []Problem //nolint:recvcheck // Gathering needs a pointer, reading does not.

// String returns one line for each problem.
func (p Problems) String() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}

	return strings.Join(lines, "\n")
}

// addf records a problem.
func (p *Problems) addf(at service.Position, format string, args ...any) {
	*p = append(*p, Problem{Position: at, Text: fmt.Sprintf(format, args...)})
}

// sort orders problems by position, and those of one position by text.
func (p Problems) sort() {
	slices.SortFunc(p, func(a, b Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Text, b.Text))
	})
}
