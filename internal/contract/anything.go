package contract

import (
	"reflect"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// anything writes a google.protobuf.Value.
func (e *encoder) anything(p *messagePlan, m protoreflect.Message) *Error {
	for i := range p.fields {
		if f := &p.fields[i]; m.Has(f.desc) {
			return e.field(f, m.Get(f.desc))
		}
	}

	return mismatch(p.known.want(), "nothing")
}

// laidOutKind writes a google.protobuf.Value.
func (e *encoder) laidOutKind(p *messagePlan, l *layout, message reflect.Value) *Error {
	for i := range p.fields {
		f := &p.fields[i]
		if v, ok := l.places[i].valueIn(message, f); ok {
			return e.laidOutForm(f, v)
		}
	}

	return mismatch(p.known.want(), "nothing")
}

// kind returns the field of a google.protobuf.Value that what comes next belongs to.
func (d *decoder) kind(p *messagePlan) *field {
	index := 1
	switch d.peek() {
	case 'n':
		index = 0
	case '"':
		index = 2
	case 't', 'f':
		index = 3
	case '{':
		index = 4
	case '[':
		index = 5
	}

	return &p.fields[index]
}

// anything reads a google.protobuf.Value of the plan p. A payload may have very many of them, so they
// are read into their Go type: reflection would take nearly half of the time.
func (d *decoder) anything(p *messagePlan, v *structpb.Value) *Error {
	f := d.kind(p)
	switch f.value.kind {
	case nullValue:
		v.Kind = &structpb.Value_NullValue{}

		return d.literal(literalNull)
	case boolValue:
		b, err := d.boolean()
		v.Kind = &structpb.Value_BoolValue{BoolValue: b}

		return err
	case stringValue:
		text, err := d.quoted(&f.value)
		v.Kind = &structpb.Value_StringValue{StringValue: d.textOf(text)}

		return err
	case numberValue:
		number, err := d.float(64)
		v.Kind = &structpb.Value_NumberValue{NumberValue: number}

		return err
	}
	inner := &f.value.message.fields[0]
	if f.value.message.known == structMessage {
		object := new(structpb.Struct)
		v.Kind = &structpb.Value_StructValue{StructValue: object}

		return d.anyObject(inner, &object.Fields)
	}
	array := new(structpb.ListValue)
	v.Kind = &structpb.Value_ListValue{ListValue: array}

	return d.anyArray(inner, &array.Values)
}

// anyObject reads a map of texts to google.protobuf.Value.
func (d *decoder) anyObject(f *field, members *map[string]*structpb.Value) *Error {
	return textMap(d, f, members, func(v **structpb.Value) *Error {
		*v = new(structpb.Value)

		return d.anything(f.value.message, *v)
	})
}

// anyArray reads a list of google.protobuf.Value.
func (d *decoder) anyArray(f *field, items *[]*structpb.Value) *Error {
	return d.items(func(i int) *Error {
		if i == 0 {
			*items = make([]*structpb.Value, 0, firstItems)
		}
		item := new(structpb.Value)
		*items = append(*items, item)

		return d.anything(f.value.message, item)
	})
}
