package awl

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// door writes the JSON text of a schema that AWL declares as it is.
type door struct {
	types

	// definitions are the types that something in a map refers to.
	definitions map[protoreflect.FullName]bool
}

// doorOf is the JSON text of a schema, or of a type.
func (all types) doorOf(s *outline.Schema) string {
	w := door{all, make(map[protoreflect.FullName]bool)}
	text := w.inline(s)
	written := make(map[protoreflect.FullName]string)
	for len(written) < len(w.definitions) {
		for _, name := range slices.Sorted(maps.Keys(w.definitions)) {
			if _, done := written[name]; !done {
				written[name] = w.whole(all[name].Schema)
			}
		}
	}
	if len(written) == 0 {
		return text
	}
	texts := make([]string, 0, len(written))
	for _, name := range slices.Sorted(maps.Keys(written)) {
		texts = append(texts, quoted(string(name))+":"+written[name])
	}

	return strings.TrimSuffix(text, "}") + `,"$defs":{` + strings.Join(texts, ",") + "}}"
}

// inline writes what AWL reads: a schema with the types in place that it refers to.
func (w *door) inline(s *outline.Schema) string {
	switch name := s.Definition(); {
	case name == "":
		return w.write(s, w.inline)
	case w.types[name].Schema.Enum != nil:
		return w.whole(w.types[name].Schema)
	default:
		return w.object(w.types[name])
	}
}

// object writes the fields that are kept of a message.
func (w *door) object(d *declared) string {
	s := outline.Schema{Type: outline.Object}
	for _, f := range d.kept {
		s.Properties = append(s.Properties, f.Property)
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}

	return w.write(&s, w.inline)
}

// whole writes what AWL does not read: a schema as workers advertise it.
func (w *door) whole(s *outline.Schema) string {
	if name := s.Definition(); name != "" {
		w.definitions[name] = true

		return `{"$ref":` + quoted(s.Ref) + "}"
	}

	return w.write(s, w.whole)
}

// write writes a schema that is no reference, and what is in it by a function.
func (w *door) write(s *outline.Schema, inner func(*outline.Schema) string) string {
	if s.Type == "" {
		return "true"
	}
	members := []string{`"type":` + quoted(s.Type)}
	if len(s.Properties) > 0 {
		properties := make([]string, 0, len(s.Properties))
		for _, property := range s.Properties {
			properties = append(properties, quoted(property.Name)+":"+inner(property.Schema))
		}
		members = append(members, `"properties":{`+strings.Join(properties, ",")+"}")
	}
	if len(s.Required) > 0 {
		members = append(members, `"required":`+quoted(s.Required))
	}
	if s.Items != nil {
		members = append(members, `"items":`+inner(s.Items))
	}
	if s.Values != nil {
		members = append(members, `"additionalProperties":`+w.whole(s.Values))
	}
	if s.Enum != nil {
		members = append(members, `"enum":`+quoted(s.Enum))
	}

	return "{" + strings.Join(members, ",") + "}"
}

// quoted is a text, or a list of texts, in JSON.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return `""` // Texts can always be written.
	}

	return string(text)
}
