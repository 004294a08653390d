package contract

import (
	"reflect"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Options are what a service or method may choose about its payloads. The zero value is the
// contract's default.
type Options struct {
	// EnumCase spells the names of enum values; the default is PascalCase.
	EnumCase EnumCase
	// PayloadField, for an output only, names the field of the message whose bare value is the
	// whole payload; the message's other fields are not sent. Empty means the message itself.
	PayloadField protoreflect.Name
}

// direction is where a payload goes to, and the first word of its errors' paths.
type direction string

const (
	input  direction = "input"
	output direction = "output"
)

// Plan is the contract of one message type in one direction: its codec and its schema. It never
// changes and is safe for concurrent use.
type Plan struct {
	direction direction
	enumCase  EnumCase
	message   *messagePlan
	// payload is the field that Options.PayloadField names, or nil.
	payload *field
	schema  []byte
}

// planKey is what a plan depends on.
type planKey struct {
	desc      protoreflect.MessageDescriptor
	direction direction
	options   Options
}

// compiled is the outcome of one compilation.
type compiled struct {
	plan *Plan
	err  error
}

// plans caches compiled for each planKey in the process. Descriptors of generated messages live as
// long as the process anyway; those made at run time are kept alive by it.
var plans sync.Map

// Input returns the plan of an activity's input. Plans are cached for the life of the process, so
// that each is compiled once; the descriptor must therefore not be one of an endless series made
// at run time. The error joins a [*PlanError] for each mistake in the message type.
func Input(md protoreflect.MessageDescriptor, opts Options) (*Plan, error) {
	return cached(planKey{md, input, opts})
}

// Output returns the plan of an activity's output, like [Input].
func Output(md protoreflect.MessageDescriptor, opts Options) (*Plan, error) {
	return cached(planKey{md, output, opts})
}

func cached(key planKey) (*Plan, error) {
	entry, ok := plans.Load(key)
	if !ok {
		plan, err := compile(key)
		entry, _ = plans.LoadOrStore(key, compiled{plan, err})
	}
	outcome := entry.(compiled) //nolint:forcetypeassert // Nothing else is ever stored.

	return outcome.plan, outcome.err
}

// Append appends the JSON text of a message to dst and returns the extended slice. The text is
// deterministic and compact. The message must be of the very descriptor that the plan was made
// of. An error is an [*Error]; dst is then returned as it was.
func (p *Plan) Append(dst []byte, m proto.Message) ([]byte, error) {
	e, _ := encoders.Get().(*encoder)
	kept := e.out
	e.out, e.enumCase = dst, p.enumCase
	if err := p.encode(e, m); err != nil {
		return dst, p.rooted(err) // The encoder's state is of no use any more.
	}
	dst, e.out = e.out, kept
	encoders.Put(e)

	return dst, nil
}

// keptBuffer is the size in bytes up to which a buffer is used again.
const keptBuffer = 64 << 10

// encoders are there to be used again, with empty buffers.
var encoders = sync.Pool{New: func() any { return new(encoder) }}

// Encode returns the JSON text of a message, like [Plan.Append] to nothing, in one allocation.
func (p *Plan) Encode(m proto.Message) ([]byte, error) {
	e, _ := encoders.Get().(*encoder)
	e.enumCase = p.enumCase
	if err := p.encode(e, m); err != nil {
		return nil, p.rooted(err)
	}
	text := slices.Clone(e.out)
	if cap(e.out) <= keptBuffer {
		e.out = e.out[:0]
		encoders.Put(e)
	}

	return text, nil
}

func (p *Plan) encode(e *encoder, m proto.Message) *Error {
	if p.isNull() {
		e.out = append(e.out, literalNull...)

		return nil
	}
	if m == nil {
		return mismatch("a "+string(p.message.desc.FullName()), "nil")
	}
	if p.payload == nil {
		if l, v := p.message.structOf(m); l != nil { // Which message finds, too, after a detour.
			return e.laidOut(p.message, l, v)
		}

		return e.message(p.message, m.ProtoReflect())
	}
	message := m.ProtoReflect()
	if err := p.message.check(message); err != nil {
		return err
	}
	if p.payload.hasPresence && !message.Has(p.payload.desc) {
		return mismatch(p.payload.want(), "nothing")
	}

	return e.field(p.payload, message.Get(p.payload.desc))
}

// Decode parses JSON text into a message, which is reset first. The message must be of the very
// descriptor that the plan was made of. An error is an [*Error]; the message's content is then
// unspecified. The message keeps no reference to data.
func (p *Plan) Decode(data []byte, m proto.Message) error {
	d := decoder{scanner: scanner{data: data}, enumCase: p.enumCase}
	defer d.release()
	if err := p.decode(&d, m); err != nil {
		return p.rooted(err)
	}

	return nil
}

func (p *Plan) decode(d *decoder, m proto.Message) *Error {
	if m == nil {
		return mismatch("a "+string(p.message.desc.FullName()), "nil")
	}
	l, v := p.message.structOf(m)
	if l == nil {
		if err := p.message.check(m.ProtoReflect()); err != nil {
			return err
		}
	}
	proto.Reset(m)
	if err := p.value(d, m, l, v); err != nil {
		return err
	}

	return d.end()
}

// value reads into a message, whose struct is v if it has the layout l.
func (p *Plan) value(d *decoder, m proto.Message, l *layout, v reflect.Value) *Error {
	switch {
	case p.message.known == emptyMessage && p.payload == nil && d.peek() == 'n':
		return d.literal(literalNull)
	case p.payload != nil:
		return d.unmarshal(m, func() *Error { return d.binaryField(p.payload) })
	case l != nil:
		return d.laidOut(p.message, l, v)
	default:
		return d.viaBinary(p.message, m)
	}
}

// Schema returns the JSON Schema that a worker advertises for the payload: compact, the same bytes
// in every process. The caller must not change it.
func (p *Plan) Schema() []byte {
	return p.schema
}

// isNull reports whether the payload is null whatever the message is.
func (p *Plan) isNull() bool {
	return p.direction == output && p.payload == nil && p.message.known == emptyMessage
}

// rooted completes an error that leaves the package.
func (p *Plan) rooted(err *Error) error {
	err.Path = string(p.direction) + err.Path

	return err
}
