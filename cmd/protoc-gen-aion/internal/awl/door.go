package awl

import (
	"encoding/json"
	"strings"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// doorOf is the JSON text of a schema that AWL declares as it is, with what it refers to in place:
// the engine finds no definitions in the type of a workflow's result.
func (all types) doorOf(s *outline.Schema) string {
	name := s.Definition()
	switch {
	case name == "":
		return write(s, all.doorOf, all.whole)
	case all[name].Schema.Enum != nil:
		return all.whole(s)
	default:
		return write(all[name].saidSchema(), all.doorOf, all.whole)
	}
}

// saidSchema is a message's schema less the fields that AWL cannot say.
func (d *declared) saidSchema() *outline.Schema {
	s := &outline.Schema{Type: outline.Object}
	for _, f := range d.kept {
		s.Properties = append(s.Properties, f.Property)
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}

	return s
}

// whole is the JSON text of a schema as workers advertise it. What is in a map may be anything,
// since AWL does not look into it.
func (all types) whole(s *outline.Schema) string {
	if name := s.Definition(); name != "" {
		s = all[name].Schema
	}

	return write(s, all.whole, all.whole)
}

// write writes a schema that is no reference, and what is in it by functions: one for properties
// and items, and one for the values of a map.
func write(s *outline.Schema, inner, values func(*outline.Schema) string) string {
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
		members = append(members, `"additionalProperties":`+values(s.Values))
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
