package outline

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aion-go/aion/internal/contract"
)

// marks tell spellings of enums apart in the names of types. The default has none.
var marks = map[contract.EnumCase]protoreflect.FullName{
	contract.SnakeCase: "@snake",
	contract.ProtoCase: "@proto",
}

// spelled is the name of a type where enums are spelled in a case.
func spelled(desc protoreflect.Descriptor, enumCase contract.EnumCase) protoreflect.FullName {
	if message, ok := desc.(protoreflect.MessageDescriptor); ok && !hasEnum(message) {
		return desc.FullName()
	}

	return desc.FullName() + marks[enumCase]
}

// hasEnum reports whether a message leads to an enum.
func hasEnum(message protoreflect.MessageDescriptor) bool {
	for _, desc := range named(message) {
		if _, ok := desc.(protoreflect.EnumDescriptor); ok {
			return true
		}
	}

	return false
}

// respell gives the types that a payload's schema names the names that they have in an outline, in
// the schema and among the descriptors that it is made from.
func (s *Schema) respell(
	enumCase contract.EnumCase, descs map[protoreflect.FullName]protoreflect.Descriptor,
) {
	if marks[enumCase] == "" {
		return
	}
	s.rename(func(name protoreflect.FullName) protoreflect.FullName {
		return spelled(descs[name], enumCase)
	})
	for name := range s.Defs {
		renamed := spelled(descs[name], enumCase)
		if renamed != name {
			s.Defs[renamed], descs[renamed] = s.Defs[name], descs[name]
			delete(s.Defs, name)
		}
	}
}

// rename replaces the names of definitions in references.
func (s *Schema) rename(to func(protoreflect.FullName) protoreflect.FullName) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		s.Ref = Reference(to(s.Definition()))
	}
	for _, property := range s.Properties {
		property.Schema.rename(to)
	}
	s.Items.rename(to)
	s.Values.rename(to)
	for _, definition := range s.Defs {
		definition.rename(to)
	}
}
