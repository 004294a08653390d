package contract

import (
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// laidOutMessage reads the message that v points to.
func (d *decoder) laidOutMessage(p *messagePlan, v reflect.Value) *Error {
	l := p.layoutOf(v)
	if l == nil {
		return d.viaBinary(p, v.Interface().(proto.Message)) //nolint:forcetypeassert // As fits holds.
	}

	return d.laidOut(p, l, v.Elem())
}

// laidOut reads a message into its struct.
func (d *decoder) laidOut(p *messagePlan, l *layout, message reflect.Value) *Error {
	switch p.known {
	case plainMessage, emptyMessage:
		if d.peek() != '{' {
			return d.mismatch("object")
		}

		return d.object(p, target{places: l.places, laidOut: message})
	case valueMessage:
		v, _ := reflect.TypeAssert[*structpb.Value](message.Addr()) // As isLaidOut holds.

		return d.anything(p, v)
	case timestampMessage, durationMessage:
		seconds, nanos, err := d.time(p.known)
		l.places[0].in(message).SetInt(seconds)
		l.places[1].in(message).SetInt(nanos)

		return err
	case maskMessage:
		paths, err := d.mask()
		l.places[0].in(message).Set(reflect.ValueOf(paths))

		return err
	default: // Wrappers, Struct and ListValue are the bare value of their field.
		return d.laidOutField(&p.fields[0], &l.places[0], message)
	}
}

// laidOutMember reads the value of a property; null is the absence of one that need not be there.
func (d *decoder) laidOutMember(f *field, at *place, message reflect.Value) *Error {
	if absent, err := d.absent(f); absent {
		return err
	}

	return d.laidOutField(f, at, message)
}

// laidOutField reads all that a field holds.
func (d *decoder) laidOutField(f *field, at *place, message reflect.Value) *Error {
	v := at.in(message)
	switch {
	case at.wrapper != nil:
		if !v.IsNil() {
			return bothOf(f, propertyName(reflected(message.Addr()).WhichOneof(f.oneof)))
		}
		wrapper := reflect.New(at.wrapper)
		v.Set(wrapper)

		return d.laidOutSingle(&f.value, wrapper.Elem().Field(0), true)
	case f.form == list:
		return d.laidOutList(f, v)
	case f.form == mapping:
		return d.laidOutMap(f, v)
	default:
		return d.laidOutSingle(&f.value, v, at.indirect)
	}
}

// laidOutSingle reads a single value. Presence says that an empty one has to differ from none.
func (d *decoder) laidOutSingle(p *value, v reflect.Value, presence bool) *Error {
	if p.kind == messageValue {
		v.Set(reflect.New(v.Type().Elem()))

		return d.laidOutMessage(p.message, v)
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if err := d.laidOutScalar(p, v); err != nil {
		return err
	}
	if presence && p.kind == bytesValue && v.IsNil() {
		v.SetBytes([]byte{})
	}

	return nil
}

// laidOutScalar reads a value that is no message into its place.
func (d *decoder) laidOutScalar(p *value, v reflect.Value) *Error {
	switch p.kind {
	case boolValue:
		b, err := d.boolean()
		v.SetBool(b)

		return err
	case int32Value, int64Value:
		i, err := d.signed(p)
		v.SetInt(i)

		return err
	case uint32Value, uint64Value:
		u, err := d.unsigned(p)
		v.SetUint(u)

		return err
	case floatValue:
		f, err := d.float(32)
		v.SetFloat(f)

		return err
	case doubleValue, numberValue:
		f, err := d.float(64)
		v.SetFloat(f)

		return err
	case bytesValue:
		b, err := d.bytes(nil, p)
		v.SetBytes(b)

		return err
	case enumValue, nullValue:
		n, err := d.enum(p)
		v.SetInt(int64(n))

		return err
	default:
		text, err := d.quoted(p)
		if err == nil {
			v.SetString(d.textOf(text))
		}

		return err
	}
}

// firstItems is how many items a list has room for at first.
const firstItems = 4

func (d *decoder) laidOutList(f *field, items reflect.Value) *Error {
	if f.value.isAnything() {
		if values, ok := reflect.TypeAssert[*[]*structpb.Value](items.Addr()); ok {
			return d.anyArray(f, values)
		}
	}

	return d.items(func(i int) *Error {
		if i == items.Cap() {
			items.Grow(max(i, firstItems))
		}
		items.SetLen(i + 1)

		return d.laidOutSingle(&f.value, items.Index(i), true)
	})
}
