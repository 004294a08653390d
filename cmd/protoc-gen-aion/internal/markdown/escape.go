package markdown

import (
	"regexp"
	"strings"
)

// structure is what makes a line something other than a part of a paragraph or a list: a heading, a
// line under one, or the fence of a block of code, which would swallow the rest of the page.
var structure = regexp.MustCompile("^ {0,3}(#|=+ *$|-+ *$|```|~~~)")

// prose is a comment as Markdown. It may use Markdown within its paragraphs, and lists; it cannot
// change the page around it, and has no HTML.
func prose(comment string) string {
	lines := strings.Split(comment, "\n")
	for i, line := range lines {
		if at := structure.FindStringSubmatchIndex(line); at != nil {
			line = line[:at[2]] + `\` + line[at[2]:]
		}
		lines[i] = noHTML(line)
	}

	return strings.Join(lines, "\n")
}

// noHTML escapes the beginnings of tags outside of code.
func noHTML(line string) string {
	parts := strings.Split(line, "`")
	for i := range parts {
		if i%2 == 0 || i == len(parts)-1 {
			parts[i] = strings.ReplaceAll(parts[i], "<", "&lt;")
		}
	}

	return strings.Join(parts, "`")
}

// cell is a comment in a table, which has one line.
func cell(comment string) string {
	paragraphs := strings.Split(prose(comment), "\n\n")
	for i, paragraph := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(paragraph), " ")
	}

	return strings.ReplaceAll(strings.Join(paragraphs, "<br>"), "|", `\|`)
}

// code is a text as code. Backticks in it take more of them around it.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + text + " " + fence
	}

	return fence + text + fence
}
