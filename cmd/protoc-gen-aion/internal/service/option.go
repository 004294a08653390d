package service

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	activityv1 "github.com/aion-go/aion/gen/aion/activity/v1"
)

// Option is a value that a proto file sets.
type Option[T any] struct {
	Value T
	// Position is where the value stands, or as close to it as the compiler tells.
	Position Position
	// IsSet is false where the value is the default.
	IsSet bool
}

// orElse returns where the option stands, or what stands in for it where it is not set.
func (o Option[T]) orElse(position Position) Position {
	if o.IsSet {
		return o.Position
	}

	return position
}

// Mistake is something in an option that cannot be understood.
type Mistake struct {
	Position Position
	// Text says what is wrong and what to do about it.
	Text string
}

// Types resolve the extensions in a compiler's request, less the options of this package. Those are
// read from their bytes: another extension may have the number in protos that do not use them.
var Types = hiding{protoregistry.GlobalTypes}

// hiding are types less the options of this package.
type hiding struct {
	*protoregistry.Types
}

// FindExtensionByNumber does not find the options of this package.
func (h hiding) FindExtensionByNumber(
	message protoreflect.FullName, field protoreflect.FieldNumber,
) (protoreflect.ExtensionType, error) {
	found, err := h.Types.FindExtensionByNumber(message, field)
	if err == nil && found.TypeDescriptor().ParentFile() == activityv1.File_aion_activity_v1_options_proto {
		return nil, protoregistry.NotFound
	}

	return found, err //nolint:wrapcheck // The caller knows the sentinel.
}

// optionReader reads the options of one run and gathers what is wrong with them.
type optionReader struct {
	// foreign are the messages whose options have another extension in the place of this package's.
	foreign  map[protoreflect.FullName]bool
	mistakes []Mistake
}

func newOptionReader(files []*protogen.File) *optionReader {
	r := &optionReader{foreign: make(map[protoreflect.FullName]bool)}
	for _, file := range files {
		r.extensions(file.Extensions)
		r.nested(file.Messages)
	}

	return r
}

func (r *optionReader) nested(messages []*protogen.Message) {
	for _, message := range messages {
		r.extensions(message.Extensions)
		r.nested(message.Messages)
	}
}

func (r *optionReader) extensions(extensions []*protogen.Extension) {
	for _, extension := range extensions {
		name := extension.Desc.ContainingMessage().FullName()
		for _, own := range []protoreflect.ExtensionType{
			activityv1.E_File, activityv1.E_Service, activityv1.E_Activity,
		} {
			desc := own.TypeDescriptor()
			if desc.ContainingMessage().FullName() == name &&
				desc.Number() == extension.Desc.Number() &&
				desc.FullName() != extension.Desc.FullName() {
				r.foreign[name] = true
			}
		}
	}
}

// optionPlace is where the options of a kind of descriptor are.
type optionPlace struct {
	extension protoreflect.ExtensionType
	// empty is what the extension extends.
	empty proto.Message
	// number is the field of the descriptor's own message that holds it.
	number int32
}

func placeOf(desc protoreflect.Descriptor) optionPlace {
	switch desc.(type) {
	case protoreflect.FileDescriptor:
		return optionPlace{activityv1.E_File, new(descriptorpb.FileOptions), 8}
	case protoreflect.ServiceDescriptor:
		return optionPlace{activityv1.E_Service, new(descriptorpb.ServiceOptions), 3}
	default:
		return optionPlace{activityv1.E_Activity, new(descriptorpb.MethodOptions), 4}
	}
}

// name is the option's name as protos have it.
func (p optionPlace) name() string {
	return "(" + string(p.extension.TypeDescriptor().FullName()) + ")"
}

// decode decodes the options from whatever holds them: known, unknown or dynamic fields.
func (p optionPlace) decode(options proto.Message) (proto.Message, error) {
	types := new(protoregistry.Types)
	if err := types.RegisterExtension(p.extension); err != nil {
		return nil, fmt.Errorf("register %s: %w", p.name(), err)
	}
	raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("encode the options: %w", err)
	}
	decoding := proto.UnmarshalOptions{AllowPartial: true, Resolver: types}
	if err := decoding.Unmarshal(raw, p.empty); err != nil {
		return nil, fmt.Errorf("decode the options: %w", err)
	}

	return p.empty.ProtoReflect().Get(p.extension.TypeDescriptor()).Message().Interface(), nil
}

// optionsOf reads the options of a descriptor. They are empty, but never nil, where there are none.
func optionsOf[T proto.Message](r *optionReader, desc protoreflect.Descriptor) T {
	place := placeOf(desc)
	var options T
	options, _ = options.ProtoReflect().New().Interface().(T)
	if r.foreign[place.empty.ProtoReflect().Descriptor().FullName()] {
		return options
	}
	found, err := place.decode(desc.Options())
	if err != nil {
		r.addf(PositionOf(desc), "%s: the option %s cannot be read: %v: replace options.proto by "+
			"the one that protoc-gen-aion init writes", nameOf(desc), place.name(), err)

		return options
	}
	proto.Merge(options, found)
	if hasUnknown(options.ProtoReflect()) {
		r.addf(optionPosition(desc), "%s: the option %s has fields that this plugin does not "+
			"know: install the plugin that options.proto is from", nameOf(desc), place.name())
	}

	return options
}

// hasUnknown reports whether a message, or one in it, has fields that are not known.
func hasUnknown(message protoreflect.Message) bool {
	found := len(message.GetUnknown()) > 0
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Message() != nil { // The options have no maps, and no lists of messages.
			found = found || hasUnknown(value.Message())
		}

		return !found
	})

	return found
}

// enumCase returns the case of a file or service, or the default where it sets none.
func (r *optionReader) enumCase(
	desc protoreflect.Descriptor, found, byDefault activityv1.EnumCase,
) activityv1.EnumCase {
	switch _, known := activityv1.EnumCase_name[int32(found)]; {
	case !known:
		r.addf(optionPosition(desc, "enum_case"), "%s: the enum case %d is unknown: "+
			"install the plugin that options.proto is from", nameOf(desc), found)

		return byDefault
	case found == activityv1.EnumCase_ENUM_CASE_UNSPECIFIED:
		return byDefault
	default:
		return found
	}
}

// skipped refuses what else is set for an rpc that no activity is made of.
func (r *optionReader) skipped(
	desc protoreflect.MethodDescriptor, options *activityv1.ActivityOptions,
) {
	var others []string
	fields := options.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if name := fields.Get(i).Name(); name != "skip" && options.ProtoReflect().Has(fields.Get(i)) {
			others = append(others, string(name))
		}
	}
	if len(others) > 0 {
		r.addf(optionPosition(desc, "skip"), "%s: no activity is made of it with skip, which leaves "+
			"no use for %s: remove either", nameOf(desc), strings.Join(others, ", "))
	}
}

// text reads an optional string from the options of a descriptor.
func text(
	desc protoreflect.Descriptor, field protoreflect.Name, options proto.Message,
) Option[string] {
	return nestedText(desc, options, field)
}

// nestedText reads an optional string from a message that is the options of a descriptor, or a part
// of them. The last name is that of the string; those before it lead to the message.
func nestedText(
	desc protoreflect.Descriptor, part proto.Message, names ...protoreflect.Name,
) Option[string] {
	message := part.ProtoReflect()
	declared := message.Descriptor().Fields().ByName(names[len(names)-1])
	if !message.Has(declared) {
		return Option[string]{}
	}

	return Option[string]{message.Get(declared).String(), optionPosition(desc, names...), true}
}

// nameOf is what mistakes call a descriptor.
func nameOf(desc protoreflect.Descriptor) string {
	switch desc.(type) {
	case protoreflect.FileDescriptor:
		return "file " + desc.ParentFile().Path()
	case protoreflect.ServiceDescriptor:
		return "service " + string(desc.FullName())
	default:
		return "rpc " + string(desc.FullName())
	}
}

// addf records a mistake.
func (r *optionReader) addf(at Position, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{at, fmt.Sprintf(format, args...)})
}
