package contract

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// binaryWriter writes messages in protobuf's binary form.
type binaryWriter struct{ out []byte }

// tag begins a field.
func (w *binaryWriter) tag(number protowire.Number, typ protowire.Type) {
	w.out = protowire.AppendTag(w.out, number, typ)
}

func (w *binaryWriter) varint(v uint64) { w.out = protowire.AppendVarint(w.out, v) }

// open begins a field whose size is known once it is closed.
func (w *binaryWriter) open(number protowire.Number) (start int) {
	w.tag(number, protowire.BytesType)

	return w.prefix()
}

// prefix leaves room for the size of what comes until it is closed.
func (w *binaryWriter) prefix() (start int) {
	w.out = append(w.out, 0)

	return len(w.out)
}

// close writes the size of what came since start, in the byte before. A size that needs more of them
// moves the rest.
func (w *binaryWriter) close(start int) {
	size := len(w.out) - start
	prefix := uint64(size) //nolint:gosec // It is not negative.
	if more := protowire.SizeVarint(prefix) - 1; more > 0 {
		w.out = append(w.out, make([]byte, more)...)
		copy(w.out[start+more:], w.out[start:start+size])
	}
	protowire.AppendVarint(w.out[:start-1], prefix)
}

// signed writes an integer of a signed kind.
func (w *binaryWriter) signed(p *value, i int64) {
	switch p.encoding {
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		w.varint(protowire.EncodeZigZag(i))
	default:
		w.unsigned(p, uint64(i)) //nolint:gosec // Two's complement.
	}
}

// unsigned writes an integer of an unsigned kind, or the two's complement of a signed one.
func (w *binaryWriter) unsigned(p *value, u uint64) {
	switch p.wireType() {
	case protowire.Fixed32Type:
		w.out = protowire.AppendFixed32(w.out, uint32(u)) //nolint:gosec // It is one of 32 bits.
	case protowire.Fixed64Type:
		w.out = protowire.AppendFixed64(w.out, u)
	default:
		w.varint(u)
	}
}

// key writes the key of a map's entry.
func (w *binaryWriter) key(p *value, key protoreflect.MapKey) {
	switch p.kind {
	case stringValue:
		w.out = protowire.AppendString(w.out, key.String())
	case boolValue:
		w.varint(protowire.EncodeBool(key.Bool()))
	case int32Value, int64Value:
		w.signed(p, key.Int())
	default:
		w.unsigned(p, key.Uint())
	}
}
