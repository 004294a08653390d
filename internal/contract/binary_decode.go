package contract

import (
	"math"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Messages without a layout are not read field by field through package protoreflect, which
// allocates for nearly each value. The text becomes protobuf's binary form, which the message's own
// unmarshaler then reads at once.

// binaryWriters are there to be used again, with empty buffers.
var binaryWriters = sync.Pool{New: func() any { return new(binaryWriter) }}

// viaBinary reads a message by way of its binary form.
func (d *decoder) viaBinary(p *messagePlan, m proto.Message) *Error {
	return d.unmarshal(m, func() *Error { return d.binaryMessage(p) })
}

// unmarshal reads into a message what write appends to the binary form.
func (d *decoder) unmarshal(m proto.Message, write func() *Error) *Error {
	if d.binary == nil {
		d.binary, _ = binaryWriters.Get().(*binaryWriter)
	}
	start := len(d.binary.out) // What is before is a message around this one.
	if err := write(); err != nil {
		return err
	}
	// Fields that are read when they are first used would keep the buffer.
	options := proto.UnmarshalOptions{Merge: true, AllowPartial: true, NoLazyDecoding: true}
	err := options.Unmarshal(d.binary.out[start:], m)
	d.binary.out = d.binary.out[:start]
	if err != nil {
		return &Error{Reason: err.Error()}
	}

	return nil
}

// release gives the writer of the binary form back.
func (d *decoder) release() {
	if d.binary != nil && cap(d.binary.out) <= keptBuffer {
		d.binary.out = d.binary.out[:0]
		binaryWriters.Put(d.binary)
	}
}

// binaryMessage writes the fields of a message.
func (d *decoder) binaryMessage(p *messagePlan) *Error {
	if p.known != plainMessage {
		return d.known(p)
	}
	if d.peek() != '{' {
		return d.mismatch("object")
	}

	return d.object(p, target{})
}

// binaryMember writes the value of a property; null is the absence of one that need not be there.
// The fields with a value are in set.
func (d *decoder) binaryMember(p *messagePlan, f *field, set *indexSet) *Error {
	if absent, err := d.absent(f); absent {
		return err
	}
	if f.oneof != nil {
		for i := range p.fields {
			if other := &p.fields[i]; other.oneof == f.oneof && set.has(i) {
				return bothOf(f, other.name)
			}
		}
		set.add(f.index)
	}

	return d.binaryField(f)
}

// binaryField writes all that a field holds.
func (d *decoder) binaryField(f *field) *Error {
	switch f.form {
	case list:
		return d.binaryList(f)
	case mapping:
		return d.binaryMap(f)
	default:
		return d.binaryValue(f.desc.Number(), &f.value)
	}
}

// binaryList writes the items of a list, numbers packed.
func (d *decoder) binaryList(f *field) *Error {
	number := f.desc.Number()
	packed := f.value.wireType() != protowire.BytesType && f.value.wireType() != protowire.StartGroupType
	var start int
	if packed {
		start = d.binary.open(number)
	}
	err := d.items(func(int) *Error {
		if packed {
			return d.binaryScalar(&f.value)
		}

		return d.binaryValue(number, &f.value)
	})
	if packed {
		d.binary.close(start)
	}

	return err
}

// binaryMap writes the entries of a map, which are messages of a key and a value.
func (d *decoder) binaryMap(f *field) *Error {
	var keys nameSet

	return d.entries(f, func(key protoreflect.MapKey) *Error {
		if !keys.addName(key.String()) {
			return duplicate()
		}
		start := d.binary.open(f.desc.Number())
		d.binary.tag(1, f.mapKey.wireType())
		d.binary.key(&f.mapKey, key)
		err := d.binaryValue(2, &f.value)
		d.binary.close(start)

		return err
	})
}

// binaryValue writes a field with a single value.
func (d *decoder) binaryValue(number protowire.Number, p *value) *Error {
	d.binary.tag(number, p.wireType())
	switch p.encoding {
	case protoreflect.GroupKind:
		err := d.binaryMessage(p.message)
		d.binary.tag(number, protowire.EndGroupType)

		return err
	case protoreflect.MessageKind:
		start := d.binary.prefix()
		err := d.binaryMessage(p.message)
		d.binary.close(start)

		return err
	default:
		return d.binaryScalar(p)
	}
}

// binaryScalar writes a value that is no message, without a tag.
func (d *decoder) binaryScalar(p *value) *Error {
	switch p.kind {
	case boolValue:
		b, err := d.boolean()
		d.binary.varint(protowire.EncodeBool(b))

		return err
	case int32Value, int64Value:
		i, err := d.signed(p)
		d.binary.signed(p, i)

		return err
	case uint32Value, uint64Value:
		u, err := d.unsigned(p)
		d.binary.unsigned(p, u)

		return err
	case floatValue:
		f, err := d.float(32)
		d.binary.out = protowire.AppendFixed32(d.binary.out, math.Float32bits(float32(f)))

		return err
	case doubleValue, numberValue:
		f, err := d.float(64)
		d.binary.out = protowire.AppendFixed64(d.binary.out, math.Float64bits(f))

		return err
	case bytesValue:
		start := d.binary.prefix()
		out, err := d.bytes(d.binary.out, p)
		if err == nil {
			d.binary.out = out
			d.binary.close(start)
		}

		return err
	case enumValue, nullValue:
		n, err := d.enum(p)
		d.binary.varint(uint64(n)) //nolint:gosec // Negative ones have ten bytes.

		return err
	default:
		text, err := d.quoted(p)
		d.binary.out = protowire.AppendBytes(d.binary.out, text)

		return err
	}
}

// wireType is how the value begins in the binary form.
func (v *value) wireType() protowire.Type {
	switch v.encoding {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	default:
		return protowire.VarintType
	}
}
