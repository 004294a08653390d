package outline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The types that a schema can name.
const (
	Array   = "array"
	Boolean = "boolean"
	Integer = "integer"
	Null    = "null"
	Number  = "number"
	Object  = "object"
	String  = "string"
)

// Schema is a JSON Schema of package contract, parsed. Its zero value allows anything.
type Schema struct {
	// Type is one of the types above; empty for a reference, and where anything is allowed.
	Type string `json:"type"`
	// Properties are an object's, in the order of the message's fields.
	Properties Properties `json:"properties"`
	// Required are the properties that are always there.
	Required []string `json:"required"`
	// Items is the schema of an array's items; nil if they may be anything.
	Items *Schema `json:"items"`
	// Values is the schema of a map's values; nil if the object is no map.
	Values *Schema `json:"additionalProperties"`
	// Enum are the values of an enum.
	Enum []string `json:"enum"`
	// Ref points to a definition; see [Schema.Definition].
	Ref string `json:"$ref"`
	// Defs are the definitions; only a whole payload's schema has some.
	Defs map[protoreflect.FullName]*Schema `json:"$defs"`
}

// Property is a named property of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties keep the order in which they are written.
type Properties []Property

const definitions = "#/$defs/"

// Definition is the full proto name of what a reference points to; empty if it is none.
func (s *Schema) Definition() protoreflect.FullName {
	return protoreflect.FullName(strings.TrimPrefix(s.Ref, definitions))
}

// Reference is what a schema's Ref is for a type.
func Reference(name protoreflect.FullName) string {
	return definitions + string(name)
}

// Parse reads the schema of a payload.
func Parse(text []byte) (*Schema, error) {
	s := new(Schema)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("the schema %s: %w", text, err)
	}

	return s, nil
}

// UnmarshalJSON takes true, which allows anything, besides objects.
func (s *Schema) UnmarshalJSON(text []byte) error {
	if string(text) == "true" {
		*s = Schema{}

		return nil
	}
	type plain Schema // Has no UnmarshalJSON.

	return json.Unmarshal(text, (*plain)(s))
}

var errNoObject = errors.New("properties: want an object")

// UnmarshalJSON reads an object and keeps the order of its members.
func (p *Properties) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if brace, err := decoder.Token(); err != nil || brace != json.Delim('{') {
		return errors.Join(errNoObject, err)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		property := Property{Name: fmt.Sprint(name)}
		if err := decoder.Decode(&property.Schema); err != nil {
			return err
		}
		*p = append(*p, property)
	}

	return nil
}
