package awl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// width is how long a line may be before it is broken.
const width = 100

// lossy warns authors of maps and free objects.
const lossy = "Workflows of engine 0.31 keep nothing that is in it: they send {} and read {}."

// document is a text in AWL under way.
type document struct {
	*library

	out strings.Builder
	// written are the declarations that the document has, by their names.
	written map[string]bool
}

func (l *library) newDocument() *document {
	return &document{library: l, written: make(map[string]bool)}
}

// text is the text with one line break at its end.
func (d *document) text() string {
	return strings.TrimRight(d.out.String(), "\n") + "\n"
}

func (d *document) linef(format string, args ...any) {
	fmt.Fprintf(&d.out, format+"\n", args...)
}

// comment writes a text as comments with a mark, a line each. An empty last line is left blank.
func (d *document) comment(indent, mark, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		d.linef("%s", strings.TrimRight(indent+mark+" "+line, " "))
	}
	if strings.HasSuffix(text, "\n") {
		d.linef("")
	}
}

// declare writes the declarations that a schema needs and that are not written yet.
func (d *document) declare(s *outline.Schema) {
	switch {
	case s.Ref != "":
		d.declareType(d.types[s.Definition()])
	case s.Items != nil:
		d.declare(s.Items)
	case s.Type == outline.Object:
		if name := d.expression(s); !d.written[name] {
			d.written[name] = true
			d.comment("", "//", lossy)
			d.door(name, d.doorOf(s))
		}
	}
}

func (d *document) declareType(t *declared) {
	if d.written[t.name] {
		return
	}
	d.written[t.name] = true
	d.leftOut("", t.left) // AWL refuses these between a documenting comment and its subject.
	d.comment("", "///", typeComment(t))
	switch {
	case t.door:
		d.door(t.name, d.doorOf(&outline.Schema{Ref: outline.Reference(t.Name)}))
	case t.Schema.Enum != nil:
		d.enum(t)
	default:
		d.record(t)
		for _, f := range t.kept {
			d.declare(f.Schema)
		}
	}
}

// door writes a type that is declared by a schema.
func (d *document) door(name, text string) {
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(text), "", "  "); err != nil {
		indented.Reset()
		indented.WriteString(text) // It is valid JSON, and needs no indentation.
	}
	d.linef("type %s = schema %s\n", name, indented.String())
}

// typeComment is a type's comment, with those of an enum's values, which AWL has no place for.
func typeComment(t *declared) string {
	comment := service.CommentOf(t.Desc)
	enum, ok := t.Desc.(protoreflect.EnumDescriptor)
	if !ok {
		return comment
	}
	var items []string
	for i, value := range outline.EnumValues(enum) {
		if about := service.CommentOf(value); about != "" {
			items = append(items, item(t.Schema.Enum[i], about))
		}
	}

	return paragraphs(comment, strings.Join(items, "\n"))
}

func (d *document) enum(t *declared) {
	line := "type " + t.name + " = " + strings.Join(t.Schema.Enum, " | ")
	if len(line) > width {
		line = "type " + t.name + " =\n  | " + strings.Join(t.Schema.Enum, "\n  | ")
	}
	d.linef("%s\n", line)
}

func (d *document) record(t *declared) {
	if len(t.kept) == 0 {
		d.linef("type %s {}\n", t.name)

		return
	}
	d.linef("type %s {", t.name)
	for _, f := range t.kept {
		d.comment("  ", "///", service.CommentOf(f.Desc))
		d.linef("  %s: %s,", f.Name, d.optional(f))
	}
	d.linef("}\n")
}

// leftOut says which fields a declaration lacks, and why.
func (d *document) leftOut(indent string, left []leftField) {
	for _, f := range left {
		d.comment(indent, "//", fmt.Sprintf("Without %s: %s.", quoted(f.Name), f.reason))
	}
}

// paragraphs joins the texts that are not empty.
func paragraphs(texts ...string) string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}

	return strings.Join(kept, "\n\n")
}

// item is a text of a list, in one line.
func item(name, about string) string {
	return "- " + name + ": " + strings.Join(strings.Fields(about), " ")
}
