package contract

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// layout is where the fields of a plan are in the Go struct of a generated message. Package
// protoreflect gives and takes values one by one, each through an interface; the exported fields
// of the open struct API are several times as fast. Messages without them (of the opaque API, and
// those made at run time) and google.protobuf.Any are written by protoreflect, and read by way of
// their binary form.
type layout struct {
	// typ is the struct that the layout is of.
	typ reflect.Type
	// places are in the order of the plan's fields; nil says that the struct is not laid out so.
	places []place
}

// place is where a field is.
type place struct {
	// index is the struct field's.
	index int
	// wrapper is the struct around the value of a oneof's member, or nil.
	wrapper reflect.Type
	// indirect says that the value is behind a pointer, or in a slice, whose nil is its absence.
	indirect bool
}

// in returns the struct field at a place.
func (at *place) in(message reflect.Value) reflect.Value {
	return message.Field(at.index)
}

// layouts are those of one plan, by their structs. A plan has more than one only where messages of
// its descriptor are made at run time as well.
type layouts struct {
	latest atomic.Pointer[layout]
	all    sync.Map // from reflect.Type to *layout
}

// of returns the layout of the struct that m points to.
func (ls *layouts) of(p *messagePlan, m reflect.Value) *layout {
	typ := m.Type().Elem()
	if l := ls.latest.Load(); l != nil && l.typ == typ {
		return l
	}
	found, ok := ls.all.Load(typ)
	if !ok {
		found, _ = ls.all.LoadOrStore(typ, newLayout(p, m))
	}
	l := found.(*layout) //nolint:forcetypeassert // Nothing else is ever stored.
	ls.latest.Store(l)

	return l
}

// layoutOf returns the layout of a message's struct, or nil if there is none.
func (p *messagePlan) layoutOf(m reflect.Value) *layout {
	if l := p.layouts.of(p, m); l.places != nil {
		return l
	}

	return nil
}

// structOf returns a message's struct and its layout, which is nil if there is none. A message that
// has one is of the plan's descriptor, and not nil.
func (p *messagePlan) structOf(m proto.Message) (*layout, reflect.Value) {
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, v
	}

	return p.layoutOf(v), v.Elem()
}

// newLayout finds the fields of a message, which m points to.
func newLayout(p *messagePlan, m reflect.Value) *layout {
	l := &layout{typ: m.Type().Elem()}
	if l.typ.Kind() != reflect.Struct || !p.known.isLaidOut(l.typ) {
		return l
	}
	message, ok := reflect.TypeAssert[proto.Message](m)
	if !ok || message.ProtoReflect().Descriptor() != p.desc {
		return l
	}
	places := make([]place, 0, len(p.fields))
	for i := range p.fields {
		found, ok := p.fields[i].placeIn(l.typ, message.ProtoReflect().Type())
		if !ok {
			return l
		}
		places = append(places, found)
	}
	l.places = places

	return l
}

// placeIn finds a field in the struct of its message.
func (f *field) placeIn(typ reflect.Type, mt protoreflect.MessageType) (place, bool) {
	for i := range typ.NumField() {
		sf := typ.Field(i)
		switch {
		case !sf.IsExported():
		case f.oneof == nil && tagNumber(sf.Tag) == f.desc.Number():
			return f.placeAt(i, sf.Type)
		case f.oneof != nil && sf.Tag.Get("protobuf_oneof") == string(f.oneof.Name()):
			wrapper := f.wrapperAt(i, mt)

			return place{index: i, wrapper: wrapper}, wrapper != nil
		}
	}

	return place{}, false
}

// tagNumber is the field number in a tag such as "bytes,1,opt,name=text,proto3", or 0.
func tagNumber(tag reflect.StructTag) protoreflect.FieldNumber {
	parts := strings.SplitN(tag.Get("protobuf"), ",", 3)
	if len(parts) < 3 {
		return 0
	}
	number, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return 0
	}

	return protoreflect.FieldNumber(number)
}

// placeAt checks that a struct field has the type that such a field has.
func (f *field) placeAt(index int, typ reflect.Type) (place, bool) {
	found := place{index: index}
	switch f.form {
	case list:
		return found, typ.Kind() == reflect.Slice && f.value.fits(typ.Elem())
	case mapping:
		return found, typ.Kind() == reflect.Map && f.mapKey.fits(typ.Key()) && f.value.fits(typ.Elem())
	}
	found.indirect = f.hasPresence
	if f.hasPresence && f.value.kind != messageValue && f.value.kind != bytesValue {
		return found, typ.Kind() == reflect.Pointer && f.value.fits(typ.Elem())
	}

	return found, f.value.fits(typ)
}

// wrapperAt finds the struct around a member of a oneof by setting it in a message of its own.
func (f *field) wrapperAt(index int, mt protoreflect.MessageType) reflect.Type {
	m := mt.New()
	m.Set(f.desc, m.NewField(f.desc))
	wrapper := reflect.ValueOf(m.Interface()).Elem().Field(index)
	if wrapper.Kind() != reflect.Interface || wrapper.Elem().Kind() != reflect.Pointer {
		return nil
	}
	typ := wrapper.Elem().Type().Elem()
	if typ.Kind() != reflect.Struct || typ.NumField() != 1 || !f.value.fits(typ.Field(0).Type) {
		return nil
	}

	return typ
}

// fits reports whether a single value is of a Go type.
func (v *value) fits(typ reflect.Type) bool {
	switch v.kind {
	case boolValue:
		return typ.Kind() == reflect.Bool
	case int32Value, enumValue, nullValue:
		return typ.Kind() == reflect.Int32
	case int64Value:
		return typ.Kind() == reflect.Int64
	case uint32Value:
		return typ.Kind() == reflect.Uint32
	case uint64Value:
		return typ.Kind() == reflect.Uint64
	case floatValue:
		return typ.Kind() == reflect.Float32
	case doubleValue, numberValue:
		return typ.Kind() == reflect.Float64
	case stringValue:
		return typ.Kind() == reflect.String
	case bytesValue:
		return typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8
	case messageValue:
		return typ.Kind() == reflect.Pointer && typ.Implements(reflect.TypeFor[proto.Message]())
	}

	return false
}

// reflected is the message that v points to.
func reflected(v reflect.Value) protoreflect.Message {
	return v.Interface().(proto.Message).ProtoReflect() //nolint:forcetypeassert // As fits holds.
}
