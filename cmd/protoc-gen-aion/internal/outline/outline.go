// Package outline reads what services promise to an engine: the JSON Schemas of their activities,
// and the messages and enums that those name.
package outline

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/service"
	"github.com/aion-go/aion/internal/contract"
)

// Outline is what the services of one run of the plugin promise.
type Outline struct {
	// Activities are in the order of declaration, file by file.
	Activities []*Activity
	// Types are the messages and enums that the activities' schemas name, each before those that
	// it names itself.
	Types []*Type
	// ByName finds a type by its name.
	ByName map[protoreflect.FullName]*Type
	// ByProtoName finds one of a message's or an enum's types: all have the same fields.
	ByProtoName map[protoreflect.FullName]*Type
}

// Activity is an rpc and its payloads.
type Activity struct {
	*service.Method

	// Service is the rpc's service.
	Service *service.Service
	// Input and Output are the payloads. They hide the messages of the method.
	Input, Output Payload
}

// Payload is an activity's input or output.
type Payload struct {
	// Plan is the payload's codec and schema.
	Plan *contract.Plan
	// Message is the message that the payload is made from.
	Message protoreflect.MessageDescriptor
	// Field is the message's field whose bare value is the payload; nil if the message is it.
	Field protoreflect.FieldDescriptor
	// Schema is the payload's schema, parsed.
	Schema *Schema
	// Type is the message that the payload is, property by property; nil if it is something else,
	// such as a bare value.
	Type *Type
}

// Type is a message or an enum.
type Type struct {
	// Name is the full proto name, and behind it @snake or @proto if enums in the type are spelled
	// so: services may spell the same enum otherwise.
	Name protoreflect.FullName
	// Desc is a message's or an enum's descriptor.
	Desc protoreflect.Descriptor
	// Schema is the type's own schema; its properties are those of Fields.
	Schema *Schema
	// Fields are a message's fields in the order of declaration.
	Fields []Field
}

// Field is a field of a message.
type Field struct {
	Property

	// Desc is the field's descriptor.
	Desc protoreflect.FieldDescriptor
	// Required says that the property is always there.
	Required bool
}

// Read reads the activities of all services. Their messages have been checked before, so an error
// is one of this program.
func Read(files []*service.File) (*Outline, error) {
	o := &Outline{
		ByName:      make(map[protoreflect.FullName]*Type),
		ByProtoName: make(map[protoreflect.FullName]*Type),
	}
	for _, file := range files {
		for _, s := range file.Services {
			for _, m := range s.Methods {
				if err := o.add(s, m); err != nil {
					return nil, fmt.Errorf("rpc %s: %w", m.FullName, err)
				}
			}
		}
	}

	return o, nil
}

// add reads one activity.
func (o *Outline) add(s *service.Service, m *service.Method) error {
	options := contract.Options{EnumCase: s.EnumCase}
	input, inputErr := contract.Input(m.Input.Desc, options)
	options.PayloadField = protoreflect.Name(m.PayloadField.Value)
	output, outputErr := contract.Output(m.Output.Desc, options)
	if err := errors.Join(inputErr, outputErr); err != nil {
		return err
	}
	in, inputErr := o.payload(s.EnumCase, Payload{Plan: input, Message: m.Input.Desc})
	out, outputErr := o.payload(s.EnumCase, Payload{
		Plan: output, Message: m.Output.Desc,
		Field: m.Output.Desc.Fields().ByName(options.PayloadField),
	})
	o.Activities = append(o.Activities, &Activity{Method: m, Service: s, Input: in, Output: out})

	return errors.Join(inputErr, outputErr)
}

// payload completes a payload by what its schema says.
func (o *Outline) payload(enumCase contract.EnumCase, p Payload) (Payload, error) {
	schema, err := Parse(p.Plan.Schema())
	if err != nil {
		return Payload{}, err
	}
	descs := named(p.Message)
	schema.respell(enumCase, descs)
	p.Schema = schema
	if root := p.root(); root != nil && isPlain(schema, root) {
		name := spelled(root, enumCase)
		o.define(name, schema, root)
		p.Type = o.ByName[name]
	}
	o.mention(schema, schema.Defs, descs)

	return p, nil
}

// root is the message that the payload is, or nil.
func (p *Payload) root() protoreflect.MessageDescriptor {
	switch {
	case p.Field == nil:
		return p.Message
	case p.Field.IsList() || p.Field.IsMap():
		return nil
	default:
		return p.Field.Message()
	}
}

// isPlain reports whether a schema has a property for each of a message's fields, as that of a
// well-known type with a form of its own has not. An Empty is none of the user's types either.
func isPlain(schema *Schema, message protoreflect.MessageDescriptor) bool {
	return schema.Type == Object && schema.Values == nil &&
		len(schema.Properties) == message.Fields().Len() &&
		message.FullName() != "google.protobuf.Empty"
}

// mention defines whatever a schema refers to.
func (o *Outline) mention(
	s *Schema, defs map[protoreflect.FullName]*Schema,
	descs map[protoreflect.FullName]protoreflect.Descriptor,
) {
	if s == nil {
		return
	}
	if name := s.Definition(); name != "" && o.ByName[name] == nil {
		o.define(name, defs[name], descs[name])
		o.mention(defs[name], defs, descs)
	}
	for _, property := range s.Properties {
		o.mention(property.Schema, defs, descs)
	}
	o.mention(s.Items, defs, descs)
	o.mention(s.Values, defs, descs)
}

// define adds a type, unless it is known.
func (o *Outline) define(
	name protoreflect.FullName, schema *Schema, desc protoreflect.Descriptor,
) {
	if o.ByName[name] != nil {
		return
	}
	t := &Type{Name: name, Desc: desc, Schema: schema}
	if message, ok := desc.(protoreflect.MessageDescriptor); ok {
		required := make(map[string]bool)
		for _, name := range schema.Required {
			required[name] = true
		}
		for i, property := range schema.Properties {
			t.Fields = append(t.Fields, Field{
				Property: property,
				Desc:     message.Fields().Get(i),
				Required: required[property.Name],
			})
		}
	}
	o.ByName[t.Name] = t
	o.ByProtoName[desc.FullName()] = t
	o.Types = append(o.Types, t)
}

// named finds the messages and enums that a message leads to, itself included, by their names.
func named(
	message protoreflect.MessageDescriptor,
) map[protoreflect.FullName]protoreflect.Descriptor {
	found := make(map[protoreflect.FullName]protoreflect.Descriptor)
	var visit func(protoreflect.MessageDescriptor)
	visit = func(md protoreflect.MessageDescriptor) {
		if found[md.FullName()] != nil {
			return
		}
		found[md.FullName()] = md
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			if enum := fd.Enum(); enum != nil {
				found[enum.FullName()] = enum
			}
			if next := fd.Message(); next != nil {
				visit(next)
			}
		}
	}
	visit(message)

	return found
}
