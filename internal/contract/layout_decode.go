package contract

import (
	"reflect"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// root reads the message of a payload.
func (d *decoder) root(p *messagePlan, m protoreflect.Message) *Error {
	v := reflect.ValueOf(m.Interface())
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return d.message(p, m)
	}

	return d.laidOutMessage(p, v)
}

// laidOutMessage reads the message that v points to.
func (d *decoder) laidOutMessage(p *messagePlan, v reflect.Value) *Error {
	l := p.layoutOf(v)
	if l == nil {
		return d.message(p, reflected(v))
	}
	if d.peek() != '{' {
		return d.mismatch("object")
	}

	return d.object(p, target{places: l.places, laidOut: v.Elem()})
}

// laidOutMember reads the value of a property; null is the absence of one that need not be there.
func (d *decoder) laidOutMember(f *field, at *place, message reflect.Value) *Error {
	if absent, err := d.absent(f); absent {
		return err
	}
	v := message.Field(at.index)
	switch {
	case at.wrapper != nil:
		if !v.IsNil() {
			return bothOf(f, reflected(message.Addr()).WhichOneof(f.oneof))
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
	scalar, err := d.scalar(p)
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	set(v, p, scalar)
	if presence && p.kind == bytesValue && v.IsNil() {
		v.SetBytes([]byte{})
	}

	return nil
}

// set puts a scalar in its place.
func set(v reflect.Value, p *value, scalar protoreflect.Value) {
	switch p.kind {
	case boolValue:
		v.SetBool(scalar.Bool())
	case int32Value, int64Value:
		v.SetInt(scalar.Int())
	case uint32Value, uint64Value:
		v.SetUint(scalar.Uint())
	case floatValue, doubleValue, numberValue:
		v.SetFloat(scalar.Float())
	case stringValue:
		v.SetString(scalar.String())
	case bytesValue:
		v.SetBytes(scalar.Bytes())
	case enumValue, nullValue:
		v.SetInt(int64(scalar.Enum()))
	case messageValue:
	}
}

// firstItems is how many items a list has room for at first.
const firstItems = 4

func (d *decoder) laidOutList(f *field, items reflect.Value) *Error {
	if d.peek() != '[' {
		return d.mismatch("array")
	}
	if err := d.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := d.more(i == 0, ']')
		if err != nil || !more {
			return err
		}
		if i == items.Cap() {
			items.Grow(max(i, firstItems))
		}
		items.SetLen(i + 1)
		if err := d.laidOutSingle(&f.value, items.Index(i), true); err != nil {
			return err.inItem(i)
		}
	}
}

func (d *decoder) laidOutMap(f *field, entries reflect.Value) *Error {
	keyValue := value{kind: scalarKind(f.mapKey)}
	var k, v reflect.Value // They are used again for each entry.

	return d.entries(f, func(key protoreflect.MapKey) *Error {
		if !k.IsValid() {
			entries.Set(reflect.MakeMap(entries.Type()))
			k = reflect.New(entries.Type().Key()).Elem()
			v = reflect.New(entries.Type().Elem()).Elem()
		}
		set(k, &keyValue, key.Value())
		if entries.MapIndex(k).IsValid() {
			return duplicate()
		}
		v.SetZero()
		if err := d.laidOutSingle(&f.value, v, true); err != nil {
			return err
		}
		entries.SetMapIndex(k, v)

		return nil
	})
}
