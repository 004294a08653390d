package awl

import (
	"strings"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
)

// expression is the AWL type of a schema.
func (l *library) expression(s *outline.Schema) string {
	switch {
	case s.Ref != "":
		return l.types[s.Definition()].name
	case s.Items != nil:
		return "[" + l.expression(s.Items) + "]"
	case s.Values != nil:
		return l.names.door(l.doorOf(s), l.mapName(s.Values))
	}
	switch s.Type {
	case outline.Boolean:
		return "Bool"
	case outline.Integer:
		return "Int"
	case outline.Number:
		return "Float"
	case outline.Null:
		return "Nil"
	case outline.Object:
		return l.names.door(l.doorOf(s), "Object")
	default:
		return "String"
	}
}

// optional is the AWL type of a field.
func (l *library) optional(f outline.Field) string {
	if f.Required {
		return l.expression(f.Schema)
	}

	return l.expression(f.Schema) + "?"
}

// result is the AWL type of an action's output.
func (l *library) result(a *action) string {
	if a.Output.Type != nil {
		return l.types[a.Output.Type.Name].name
	}

	return l.expression(a.Output.Schema)
}

// payloads writes the declarations that an action needs.
func (d *document) payloads(a *action) {
	for _, f := range a.parameters {
		d.declare(f.Schema)
	}
	if a.Output.Type != nil {
		d.declareType(d.types[a.Output.Type.Name])
	} else {
		d.declare(a.Output.Schema)
	}
}

// worker begins a worker block; at least one action follows.
func (d *document) worker(s *service.Service) {
	d.comment("", "///", withDeprecation(s.Comment, s.Deprecation))
	d.linef("worker %s", s.Queue)
}

// action writes an action of the worker block that was begun.
func (d *document) action(a *action) {
	d.leftOut("  ", a.left)
	if a.open {
		d.comment("  ", "//", "It takes any properties: add those to send as parameters.")
	}
	items := make([]string, 0, len(a.parameters))
	for _, f := range a.parameters {
		if about := service.CommentOf(f.Desc); about != "" {
			items = append(items, item(f.Name, about))
		}
	}
	comment := paragraphs(withDeprecation(a.Comment, a.Deprecation), strings.Join(items, "\n"))
	d.comment("  ", "///", comment)
	line := "  " + d.signature(a, "", ", ", "")
	if len(line) > width {
		line = "  " + d.signature(a, "\n    ", ",\n    ", "\n  ")
	}
	d.linef("%s", line)
	if line := config(a.Method); line != "" {
		d.linef("    %s", line)
	}
}

// signature is the line of an action, with what begins, separates and ends its parameters.
func (d *document) signature(a *action, begin, separator, end string) string {
	parameters := make([]string, 0, len(a.parameters))
	for _, f := range a.parameters {
		parameters = append(parameters, f.Name+": "+d.optional(f))
	}

	return "action " + a.ActivityType + "(" + begin + strings.Join(parameters, separator) + end +
		") -> " + d.result(a)
}

func withDeprecation(comment, deprecation string) string {
	if strings.Contains(comment, deprecation) {
		return comment
	}

	return paragraphs(comment, deprecation)
}
