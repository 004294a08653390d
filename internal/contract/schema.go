package contract

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// schemaWriter writes the schema of one plan. It uses no keyword that the engine cannot compare.
type schemaWriter struct {
	out []byte
	// definitions are the messages and enums that something refers to, by their full names, and
	// what writes each of them.
	definitions map[string]func()
}

// writeSchema returns the schema of a plan: the root in place, whatever it refers to in $defs.
func writeSchema(p *Plan) []byte {
	w := schemaWriter{definitions: make(map[string]func())}
	switch {
	case p.isNull():
		w.text(`{"type":"null"}`)
	case p.payload == nil:
		w.message(p.message)
	case p.payload.form == single && p.payload.value.kind == messageValue:
		w.message(p.payload.value.message)
	default:
		w.field(p.payload)
	}
	definitions := w.written()
	if len(definitions) == 0 {
		return w.out
	}
	// Only an object can refer to something, so the root ends with its brace.
	w.out = w.out[:len(w.out)-1]
	w.text(`,"$defs":{`)
	for i, name := range slices.Sorted(maps.Keys(definitions)) {
		if i > 0 {
			w.text(",")
		}
		w.text(`"` + name + `":`)
		w.out = append(w.out, definitions[name]...)
	}
	w.text("}}")

	return w.out
}

// written writes every definition, and those that they in turn refer to.
func (w *schemaWriter) written() map[string][]byte {
	written := make(map[string][]byte)
	root := w.out
	for len(written) < len(w.definitions) {
		for _, name := range slices.Sorted(maps.Keys(w.definitions)) {
			if _, done := written[name]; !done {
				w.out = nil
				w.definitions[name]()
				written[name] = w.out
			}
		}
	}
	w.out = root

	return written
}

func (w *schemaWriter) text(text string) {
	w.out = append(w.out, text...)
}

func (w *schemaWriter) refer(name protoreflect.FullName, write func()) {
	w.definitions[string(name)] = write
	w.text(`{"$ref":"#/$defs/` + string(name) + `"}`)
}

// message writes the schema of a message in place.
func (w *schemaWriter) message(p *messagePlan) {
	switch p.known {
	case plainMessage:
		w.object(p)
	case wrapperMessage:
		w.field(&p.fields[0])
	default:
		w.text(p.known.schema())
	}
}

func (w *schemaWriter) object(p *messagePlan) {
	w.text(`{"type":"object"`)
	required := `,"required":[`
	for i := range p.fields {
		f := &p.fields[i]
		if i == 0 {
			w.text(`,"properties":{`)
		} else {
			w.text(",")
		}
		w.text(f.key)
		w.field(f)
	}
	if len(p.fields) > 0 {
		w.text("}")
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.required {
			w.text(required + f.key[:len(f.key)-1])
			required = ","
		}
	}
	if required == "," {
		w.text("]")
	}
	w.text("}")
}

func (w *schemaWriter) field(f *field) {
	switch f.form {
	case list:
		w.text(`{"type":"array","items":`)
		w.value(&f.value)
		w.text("}")
	case mapping:
		w.text(`{"type":"object","additionalProperties":`)
		w.value(&f.value)
		w.text("}")
	default:
		w.value(&f.value)
	}
}

func (w *schemaWriter) value(v *value) {
	switch v.kind {
	case boolValue:
		w.text(`{"type":"boolean"}`)
	case int32Value, int64Value, uint32Value, uint64Value:
		w.text(`{"type":"integer"}`)
	case floatValue, doubleValue, numberValue:
		w.text(`{"type":"number"}`)
	case nullValue:
		w.text(`{"type":"null"}`)
	case enumValue:
		w.refer(v.enum.desc.FullName(), func() { w.enum(v.enum) })
	case messageValue:
		if v.message.known != plainMessage {
			w.message(v.message)

			return
		}
		w.refer(v.message.desc.FullName(), func() { w.message(v.message) })
	default:
		w.text(`{"type":"string"}`)
	}
}

func (w *schemaWriter) enum(p *enumPlan) {
	w.text(`{"type":"string","enum":[`)
	for i, name := range p.names {
		if i > 0 {
			w.text(",")
		}
		w.text(`"` + name + `"`)
	}
	w.text("]}")
}
