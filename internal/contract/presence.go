package contract

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// isRequired decides whether a field's property is always there. A field marked optional may be
// absent, and so may members of a oneof, whatever is annotated; every other field is required.
func isRequired(fd protoreflect.FieldDescriptor) bool {
	oneof := fd.ContainingOneof()
	switch {
	case fd.IsList() || fd.IsMap():
		return true
	case oneof != nil && !oneof.IsSynthetic():
		return false
	case fd.Cardinality() == protoreflect.Required || !fd.HasPresence() || isAnnotated(fd):
		return true
	case fd.Message() == nil || knownTypes[fd.Message().FullName()] == wrapperMessage:
		return false
	case fd.Syntax() == protoreflect.Proto3:
		return !fd.HasOptionalKeyword()
	case fd.Syntax() == protoreflect.Editions:
		return hasImplicitPresence(fd)
	default:
		return false
	}
}

// hasImplicitPresence reports whether a message field stands under field_presence = IMPLICIT.
// Reflection says that every message field has presence, so the feature itself is looked up: on
// the field, then on the file; the editions' own default is EXPLICIT.
func hasImplicitPresence(fd protoreflect.FieldDescriptor) bool {
	presence := descriptorpb.FeatureSet_EXPLICIT
	if opts, ok := fd.ParentFile().Options().(*descriptorpb.FileOptions); ok {
		if feature := opts.GetFeatures(); feature != nil && feature.FieldPresence != nil {
			presence = feature.GetFieldPresence()
		}
	}
	if opts, ok := fd.Options().(*descriptorpb.FieldOptions); ok {
		if feature := opts.GetFeatures(); feature != nil && feature.FieldPresence != nil {
			presence = feature.GetFieldPresence()
		}
	}

	return presence == descriptorpb.FeatureSet_IMPLICIT
}

// The annotations that make a field required, by the numbers of their extensions.
const (
	fieldBehavior         = 1052 // google.api.field_behavior, a repeated enum
	fieldBehaviorRequired = 2
	validateField         = 1159 // buf.validate.field, a message
	validateRequired      = 25   // its field required, a bool
)

// isAnnotated reports whether google.api.field_behavior or protovalidate calls a field required.
// It reads the options' bytes, so that neither has to be linked in.
func isAnnotated(fd protoreflect.FieldDescriptor) bool {
	options, err := proto.MarshalOptions{AllowPartial: true}.Marshal(fd.Options())
	if err != nil {
		return false
	}
	required := false
	eachField(options, func(number protowire.Number, number64 uint64, content []byte) {
		switch number {
		case fieldBehavior:
			required = required || number64 == fieldBehaviorRequired || hasPacked(content)
		case validateField:
			required = required || hasRule(content)
		}
	})

	return required
}

// hasPacked reports whether a packed list of behaviours has the one that is looked for.
func hasPacked(content []byte) bool {
	for len(content) > 0 {
		behavior, n := protowire.ConsumeVarint(content)
		if n < 0 {
			return false
		}
		if behavior == fieldBehaviorRequired {
			return true
		}
		content = content[n:]
	}

	return false
}

// hasRule reports whether the rules of a field say that it is required. The last one counts.
func hasRule(rules []byte) bool {
	required := false
	eachField(rules, func(number protowire.Number, number64 uint64, _ []byte) {
		if number == validateRequired {
			required = number64 != 0
		}
	})

	return required
}

// eachField calls f for the fields of a message in wire format that are varints or
// length-delimited, with the one or the other.
func eachField(message []byte, f func(protowire.Number, uint64, []byte)) {
	for len(message) > 0 {
		number, wireType, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(number, wireType, message)
		if size < 0 {
			return
		}
		switch wireType {
		case protowire.VarintType:
			varint, _ := protowire.ConsumeVarint(message)
			f(number, varint, nil)
		case protowire.BytesType:
			content, _ := protowire.ConsumeBytes(message)
			f(number, 0, content)
		}
		message = message[size:]
	}
}
