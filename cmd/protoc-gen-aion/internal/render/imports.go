package render

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// groupImports orders the imports of a file as goimports does, which editors run over it: those that
// could be Go's own come first, and a blank line is between them and the others. Nothing else in the
// file has a line like that of the block's beginning: comments have marks, and texts are in one line.
func groupImports(source []byte) []byte {
	const begin, end = "\nimport (\n", "\n)\n"
	before, rest, found := bytes.Cut(source, []byte(begin))
	if !found {
		return source // It has one import, or none.
	}
	block, after, _ := bytes.Cut(rest, []byte(end))
	lines := strings.Split(string(block), "\n")
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Or(
			cmp.Compare(importGroup(a), importGroup(b)),
			cmp.Compare(importPath(a), importPath(b)),
		)
	})
	var out bytes.Buffer
	out.Write(before)
	out.WriteString(begin)
	for i, line := range lines {
		if i > 0 {
			out.WriteByte('\n')
			if importGroup(line) != importGroup(lines[i-1]) {
				out.WriteByte('\n')
			}
		}
		out.WriteString(line)
	}
	out.WriteString(end)
	out.Write(after)

	return out.Bytes()
}

// importGroup is the place of an import among the groups: 1 if the first part of its path has a
// dot, as the address of a module has, and 0 otherwise.
func importGroup(line string) int {
	if first, _, _ := strings.Cut(importPath(line), "/"); strings.Contains(first, ".") {
		return 1
	}

	return 0
}

// importPath is the path in a line of an import block.
func importPath(line string) string {
	_, quoted, _ := strings.Cut(line, `"`)

	return strings.TrimSuffix(quoted, `"`)
}
