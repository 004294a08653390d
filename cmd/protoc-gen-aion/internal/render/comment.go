package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// doc renders paragraphs as the comment of what is appended to it.
func doc(paragraphs ...string) *jen.Statement {
	paragraphs = slices.DeleteFunc(paragraphs, func(text string) bool { return text == "" })
	comment := new(jen.Statement)
	for line := range strings.SplitSeq(strings.Join(paragraphs, "\n\n"), "\n") {
		comment.Comment(commentLine(line)).Line()
	}

	return comment
}

// wrap breaks a sentence into lines of a comment.
func wrap(format string, args ...any) string {
	const width = 90
	var out strings.Builder
	column := 0
	for word := range strings.FieldsSeq(fmt.Sprintf(format, args...)) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			out.WriteByte('\n')
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += len(word)
	}

	return out.String()
}

// commentLine makes a line of text a comment and nothing more. Go's tools look for old build
// constraints behind any amount of space, but not behind another comment mark.
func commentLine(line string) string {
	switch {
	case line == "":
		return "//"
	case strings.HasPrefix(strings.TrimSpace(line), "+build"):
		return "// // " + line
	default:
		return "// " + line
	}
}

// deprecated returns the paragraph of a deprecation, unless the comment has one of its own.
func deprecated(comment, deprecation string) string {
	if slices.ContainsFunc(strings.Split(comment, "\n\n"), service.IsDeprecation) {
		return ""
	}

	return deprecation
}
