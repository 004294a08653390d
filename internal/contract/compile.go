package contract

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// valueKind is how a single value is written in JSON.
type valueKind int

const (
	boolValue valueKind = iota
	int32Value
	int64Value
	uint32Value
	uint64Value
	floatValue
	doubleValue
	numberValue // Of google.protobuf.Value: no fraction is written where there is none.
	stringValue
	bytesValue
	enumValue
	nullValue
	messageValue
)

// value is the plan of a single value: a field's, a list item's or a map entry's.
type value struct {
	kind     valueKind
	encoding protoreflect.Kind // how the binary form has it
	enum     *enumPlan         // only of an enumValue
	message  *messagePlan      // only of a messageValue
}

// form is how many values a field has.
type form int

const (
	single form = iota
	list
	mapping
)

// field is the plan of one field of a message.
type field struct {
	desc protoreflect.FieldDescriptor
	// index is the field's position in its message's plan.
	index int
	// name is the property's name in JSON.
	name string
	// key is the name as text, with quotes and the colon.
	key string
	// form says whether value is the field's, or of each item or entry.
	form  form
	value value
	// mapKey is the plan of a mapping's keys.
	mapKey value
	// required says that the property is always there.
	required bool
	// hasPresence says that the field can be unset, which is not the same as zero.
	hasPresence bool
	// keepsNull says that null is a value of the field, and not its absence.
	keepsNull bool
	// oneof is the declared oneof that the field is a member of, or nil.
	oneof protoreflect.OneofDescriptor
}

// messagePlan is the plan of one message type, in either direction.
type messagePlan struct {
	desc   protoreflect.MessageDescriptor
	fields []field // in the order of declaration
	// required has the indices of those that are always there.
	required []int
	// byName finds fields by every name that is accepted.
	byName map[string]*field
	// known says whether the message has a JSON form of its own, and which.
	known   knownType
	layouts layouts
}

// check reports whether a message can be read and written by the plan's descriptors.
func (p *messagePlan) check(m protoreflect.Message) *Error {
	if m.Descriptor() != p.desc {
		return mismatch(
			fmt.Sprintf("a message of the plan's own descriptor of %s", p.desc.FullName()),
			fmt.Sprintf("%s of another one", m.Descriptor().FullName()))
	}
	if !m.IsValid() {
		return mismatch(p.want(), "nil")
	}

	return nil
}

// compiler makes one plan, and gathers all mistakes on the way.
type compiler struct {
	enumCase EnumCase
	messages map[protoreflect.MessageDescriptor]*messagePlan
	enums    map[protoreflect.EnumDescriptor]*enumPlan
	// order has the messages as they were met, so that errors come in the same order always.
	order []*messagePlan
	errs  []error
}

// compile makes the plan for a key.
func compile(key planKey) (*Plan, error) {
	c := compiler{
		enumCase: key.options.EnumCase,
		messages: make(map[protoreflect.MessageDescriptor]*messagePlan),
		enums:    make(map[protoreflect.EnumDescriptor]*enumPlan),
	}
	p := &Plan{direction: key.direction, enumCase: key.options.EnumCase}
	if key.options.EnumCase < PascalCase || key.options.EnumCase > ProtoCase {
		c.fault(key.desc, fmt.Sprintf("unknown enum case %d", key.options.EnumCase))
	}
	if key.options.PayloadField == "" {
		p.message = c.message(key.desc)
	} else {
		p.message = &messagePlan{desc: key.desc}
		p.payload = c.payload(key)
	}
	c.refuseEndless()
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	p.schema = writeSchema(p)

	return p, nil
}

// fault records a mistake.
func (c *compiler) fault(d protoreflect.Descriptor, reason string) {
	c.errs = append(c.errs, &PlanError{Descriptor: d, Reason: reason})
}

// payload returns the plan of the field that is the whole payload, or nil if there is none.
func (c *compiler) payload(key planKey) *field {
	name := key.options.PayloadField
	if key.direction == input {
		c.fault(key.desc, fmt.Sprintf("payload field %q: an input has none; remove it", name))

		return nil
	}
	fd := key.desc.Fields().ByName(name)
	if fd == nil {
		c.fault(key.desc, fmt.Sprintf(
			"payload field %q: the message has no such field; name one of its fields", name))

		return nil
	}
	f := c.field(fd, 0)

	return &f
}

// message returns the plan of a message type, which may still be under way if types recur.
func (c *compiler) message(md protoreflect.MessageDescriptor) *messagePlan {
	if p, ok := c.messages[md]; ok {
		return p
	}
	p := &messagePlan{desc: md, byName: make(map[string]*field)}
	c.messages[md] = p
	c.order = append(c.order, p)
	switch known, isKnown := knownTypes[md.FullName()]; {
	case md.IsPlaceholder():
		c.fault(md, "the message is unknown; import the file that declares it")
	case isKnown && !known.hasFields(md):
		c.fault(md, "has not the fields of this well-known type; rename it")
	default:
		p.known = known
		c.fields(p)
	}

	return p
}

// fields plans the fields of a message.
func (c *compiler) fields(p *messagePlan) {
	fds := p.desc.Fields()
	p.fields = make([]field, fds.Len())
	for i := range p.fields {
		p.fields[i] = c.field(fds.Get(i), i)
		if p.fields[i].required {
			p.required = append(p.required, i)
		}
	}
	c.properties(p)
	p.addProtoNames()
	p.addJSONNames()
}

// properties enters the names that are written, each of which belongs to one field.
func (c *compiler) properties(p *messagePlan) {
	for i := range p.fields {
		f := &p.fields[i]
		if other, taken := p.byName[f.name]; taken {
			c.fault(f.desc, fmt.Sprintf(
				"is the property %q in JSON, as is the field %s; change the json_name of one",
				f.name, other.desc.Name()))

			continue
		}
		p.byName[f.name] = f
	}
}

// addProtoNames lets fields with a written json_name be read by their proto names as well.
func (p *messagePlan) addProtoNames() {
	for i := range p.fields {
		f := &p.fields[i]
		if name := string(f.desc.Name()); p.byName[name] == nil {
			p.byName[name] = f
		}
	}
}

// addJSONNames lets fields be read by the names that other JSON codecs give them, where no field
// is called so and where such a name means one field.
func (p *messagePlan) addJSONNames() {
	aliases := make(map[string][]*field)
	for i := range p.fields {
		f := &p.fields[i]
		names := []string{f.desc.JSONName()}
		if camel := camelCase(f.desc.Name()); camel != names[0] {
			names = append(names, camel)
		}
		for _, name := range names {
			aliases[name] = append(aliases[name], f)
		}
	}
	for name, fields := range aliases {
		if p.byName[name] == nil && len(fields) == 1 {
			p.byName[name] = fields[0]
		}
	}
}

// field plans one field.
func (c *compiler) field(fd protoreflect.FieldDescriptor, index int) field {
	f := field{
		desc:        fd,
		index:       index,
		name:        propertyName(fd),
		required:    isRequired(fd),
		hasPresence: fd.HasPresence(),
	}
	f.key = string(append(appendQuoted(nil, f.name), ':'))
	if oneof := fd.ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
		f.oneof = oneof
	}
	switch {
	case fd.IsMap():
		f.form = mapping
		f.mapKey = c.value(fd.MapKey())
		f.value = c.value(fd.MapValue())
	case fd.IsList():
		f.form = list
		f.value = c.value(fd)
	default:
		f.value = c.value(fd)
		f.keepsNull = f.value.kind == nullValue || f.value.isAnything()
	}

	return f
}

// value plans the single value of a field, a list item or a map entry.
func (c *compiler) value(fd protoreflect.FieldDescriptor) value {
	v := value{kind: kindOf(fd.Kind()), encoding: fd.Kind()}
	switch {
	case v.kind == enumValue && fd.Enum().FullName() == "google.protobuf.NullValue":
		v.kind = nullValue
	case v.kind == enumValue:
		v.enum = c.enum(fd.Enum())
	case v.kind == messageValue:
		v.message = c.message(fd.Message())
	case v.kind == doubleValue && fd.Parent().FullName() == "google.protobuf.Value":
		v.kind = numberValue
	}

	return v
}

func kindOf(kind protoreflect.Kind) valueKind {
	switch kind {
	case protoreflect.BoolKind:
		return boolValue
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return int32Value
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return int64Value
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return uint32Value
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return uint64Value
	case protoreflect.FloatKind:
		return floatValue
	case protoreflect.DoubleKind:
		return doubleValue
	case protoreflect.BytesKind:
		return bytesValue
	case protoreflect.EnumKind:
		return enumValue
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageValue
	default:
		return stringValue
	}
}

// isAnything reports whether the value is a google.protobuf.Value.
func (v *value) isAnything() bool {
	return v.kind == messageValue && v.message.known == valueMessage
}

// want describes in errors what a field is to hold.
func (f *field) want() string {
	switch f.form {
	case list:
		return "array"
	case mapping:
		return "object"
	default:
		return f.value.want()
	}
}

// want describes in errors what a value is to be.
func (v *value) want() string {
	switch v.kind {
	case boolValue:
		return "boolean"
	case int32Value, int64Value, uint32Value, uint64Value:
		return "integer"
	case floatValue, doubleValue, numberValue:
		return "number"
	case bytesValue:
		return "base64 string"
	case enumValue:
		return v.enum.want
	case nullValue:
		return "null"
	case messageValue:
		return v.message.want()
	default:
		return "string"
	}
}

// want describes in errors what a message is to be.
func (p *messagePlan) want() string {
	if p.known == wrapperMessage {
		return p.fields[0].want()
	}

	return p.known.want()
}
