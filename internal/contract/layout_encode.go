package contract

import (
	"encoding/base64"
	"reflect"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// laidOutMessage writes the message that v points to.
func (e *encoder) laidOutMessage(p *messagePlan, v reflect.Value) *Error {
	if v.IsNil() {
		return mismatch(p.want(), "nil")
	}
	l := p.layoutOf(v)
	if l == nil {
		return e.message(p, reflected(v))
	}

	return e.laidOut(p, l, v.Elem())
}

// laidOut writes a message by its struct.
func (e *encoder) laidOut(p *messagePlan, l *layout, message reflect.Value) *Error {
	switch p.known {
	case plainMessage, emptyMessage:
		return e.laidOutObject(p, l, message)
	case valueMessage:
		return e.laidOutKind(p, l, message)
	case timestampMessage:
		return e.timestamp(l.places[0].in(message).Int(), l.places[1].in(message).Int())
	case durationMessage:
		return e.duration(l.places[0].in(message).Int(), l.places[1].in(message).Int())
	case maskMessage:
		paths := l.places[0].in(message)

		return e.mask(paths.Len(), func(i int) string { return paths.Index(i).String() })
	default: // Wrappers, Struct and ListValue are the bare value of their field.
		return e.laidOutForm(&p.fields[0], l.places[0].in(message))
	}
}

// laidOutObject writes the properties of a message.
func (e *encoder) laidOutObject(p *messagePlan, l *layout, message reflect.Value) *Error {
	if err := e.enter('{'); err != nil {
		return err
	}
	for i := range p.fields {
		if err := e.laidOutField(&p.fields[i], &l.places[i], message); err != nil {
			return err.inField(p.fields[i].name)
		}
	}
	e.leave('}')

	return nil
}

// laidOutField writes the property of a struct's field, if it is there.
func (e *encoder) laidOutField(f *field, at *place, message reflect.Value) *Error {
	v, ok := at.valueIn(message, f)
	if !ok {
		if f.required {
			return mismatch(f.want(), "nothing")
		}

		return nil
	}
	if e.out[len(e.out)-1] != '{' {
		e.out = append(e.out, ',')
	}
	e.text(f.key)

	return e.laidOutForm(f, v)
}

// laidOutForm writes all that a field holds.
func (e *encoder) laidOutForm(f *field, v reflect.Value) *Error {
	switch f.form {
	case list:
		return e.laidOutList(f, v)
	case mapping:
		return e.laidOutMap(f, v)
	default:
		return e.laidOutValue(&f.value, v)
	}
}

// valueIn returns the value of a field; false says that it is not set.
func (at *place) valueIn(message reflect.Value, f *field) (v reflect.Value, ok bool) {
	v = message.Field(at.index)
	if at.wrapper != nil {
		wrapper := v.Elem() // Of the interface; invalid when that is nil.
		if !wrapper.IsValid() || wrapper.IsNil() || wrapper.Type().Elem() != at.wrapper {
			return v, false
		}

		return wrapper.Elem().Field(0), true
	}
	if !at.indirect {
		return v, true
	}
	if v.IsNil() {
		return v, false
	}
	if v.Kind() == reflect.Pointer && f.value.kind != messageValue {
		v = v.Elem()
	}

	return v, true
}

func (e *encoder) laidOutList(f *field, items reflect.Value) *Error {
	if err := e.enter('['); err != nil {
		return err
	}
	for i := range items.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.laidOutValue(&f.value, items.Index(i)); err != nil {
			return err.inItem(i)
		}
	}
	e.leave(']')

	return nil
}

// laidOutValue writes a single value as [encoder.value] does. It does not call that: a
// protoreflect.Value for each field in between makes an encode up to a third slower.
func (e *encoder) laidOutValue(p *value, v reflect.Value) *Error {
	switch p.kind {
	case boolValue:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case int32Value, int64Value:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case uint32Value, uint64Value:
		e.out = strconv.AppendUint(e.out, v.Uint(), 10)
	case floatValue:
		return e.float(v.Float(), 32)
	case doubleValue:
		return e.float(v.Float(), 64)
	case numberValue:
		return e.number(v.Float(), 64)
	case stringValue:
		return e.string(v.String())
	case bytesValue:
		e.out = append(e.out, '"')
		e.out = base64.StdEncoding.AppendEncode(e.out, v.Bytes())
		e.out = append(e.out, '"')
	case enumValue:
		return e.enum(p.enum, protoreflect.EnumNumber(v.Int())) //nolint:gosec // It is an int32.
	case nullValue:
		e.text(literalNull)
	case messageValue:
		return e.laidOutMessage(p.message, v)
	}

	return nil
}
