package service

import (
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// deprecationMark begins the paragraph that Go's tools know a deprecation by.
const deprecationMark = "Deprecated:"

// clean returns a proto comment as lines of text that any Go comment can hold: without what Go's
// scanner refuses, without the space that follows the comment's mark, without blank ends.
func clean(comment protogen.Comments) string {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(comment))
	text = strings.Map(printable, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc(strings.TrimPrefix(line, " "), unicode.IsSpace)
	}

	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// printable drops control characters and byte order marks, which are errors in Go source.
func printable(r rune) rune {
	const byteOrderMark = '\uFEFF'
	if r == byteOrderMark || unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}

	return r
}

// deprecationOf returns the paragraph for what belongs to a descriptor: the one of its own comment,
// or one that names it, or what it inherits from where it is declared.
func deprecationOf(desc protoreflect.Descriptor, comment, inherited string) string {
	options, ok := desc.Options().(interface{ GetDeprecated() bool })
	if !ok || !options.GetDeprecated() {
		return inherited
	}
	for paragraph := range strings.SplitSeq(comment, "\n\n") {
		if IsDeprecation(paragraph) {
			return paragraph
		}
	}
	if file, whole := desc.(protoreflect.FileDescriptor); whole {
		return fmt.Sprintf("%s the file %s is marked as deprecated.", deprecationMark, file.Path())
	}

	return fmt.Sprintf("%s %s is marked as deprecated.", deprecationMark, desc.FullName())
}

// IsDeprecation reports whether a paragraph tells Go's tools that something is deprecated.
func IsDeprecation(paragraph string) bool {
	return strings.HasPrefix(paragraph, deprecationMark+" ")
}
