package render

import (
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
