package engine

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// Frames are encoded once. What varies is the number of a task: the last digits
// of its ids, its token and its idempotency key.
const (
	digits      = 12
	placeholder = "ffffffffffff"
	idPrefix    = "5f0c9a4e-7f10-4b52-9c3d-"
	runPrefix   = "0d9b1c7a-3c55-4e0f-8a21-"
	answerTo    = "c41d6f90-2b7e-4d38-b6aa-"
	keyPrefix   = "bench:"
)

// template is an encoded frame with the places where a task's number goes.
type template struct {
	text   []byte
	places []int
}

func newTemplate(frame *aionpb.ServerToWorker) (template, error) {
	text, err := proto.Marshal(frame)
	if err != nil {
		return template{}, err
	}
	t := template{text: text}
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(placeholder))
		if i < 0 {
			return t, nil
		}
		t.places = append(t.places, at+i)
		at += i + digits
	}
}

// taskTemplate is the frame that brings a task.
func taskTemplate(activityType, input string) (template, error) {
	return newTemplate(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_Task{
		Task: &aionpb.ActivityTask{
			WorkflowId:      &aionpb.WorkflowId{Uuid: idPrefix + placeholder},
			ActivityId:      &aionpb.ActivityId{},
			ActivityType:    activityType,
			Input:           &aionpb.Payload{ContentType: "application/json", Bytes: []byte(input)},
			Attempt:         1,
			RunId:           &aionpb.RunId{Uuid: runPrefix + placeholder},
			CompletionToken: answerTo + placeholder,
			IdempotencyKey:  keyPrefix + placeholder,
		},
	}})
}

// ackTemplate is the frame that acknowledges a result.
func ackTemplate() (template, error) {
	return newTemplate(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
		ResultAck: &aionpb.ResultAck{
			WorkflowId: &aionpb.WorkflowId{Uuid: idPrefix + placeholder},
			ActivityId: &aionpb.ActivityId{},
		},
	}})
}

// number is the frame of one task.
func (t template) number(n uint64) outbound {
	frame := bytes.Clone(t.text)
	var text [digits]byte
	for i := range text {
		text[digits-1-i] = "0123456789abcdef"[n>>(4*i)&0xf]
	}
	for _, at := range t.places {
		copy(frame[at:], text[:])
	}

	return frame
}

// outbound is an encoded frame to the worker.
type outbound []byte

// inbound is what the engine needs to know of a frame from the worker.
type inbound struct {
	kind     protowire.Number       // The member of WorkerToServer.
	register *aionpb.RegisterWorker // Of a registration.
	number   uint64                 // Of a result.
	err      error                  // What is wrong with the frame.
}

// The numbers of WorkerToServer's members.
const (
	kindRegister protowire.Number = 1
	kindResult   protowire.Number = 2
	kindRefused  protowire.Number = 5
)

// The numbers of ActivityResult's fields.
const (
	resultWorkflow protowire.Number = 1
	resultPayload  protowire.Number = 3
	resultError    protowire.Number = 4
	resultToken    protowire.Number = 6
)

var errUnreadable = errors.New("a frame is no protobuf")

// read reads a frame from the worker.
func (f *inbound) read(data []byte) {
	*f = inbound{}
	kind, body, _, ok := next(data)
	if !ok {
		f.err = errUnreadable

		return
	}
	f.kind = kind
	switch kind {
	case kindResult:
		f.err = f.readResult(body)
	case kindRegister:
		f.register = new(aionpb.RegisterWorker)
		f.err = proto.Unmarshal(body, f.register)
	case kindRefused:
		f.err = fmt.Errorf("the worker refused a task: %q", body)
	}
}

// readResult finds the number of the task and whether all is well with it.
func (f *inbound) readResult(body []byte) error {
	var workflow, token, payload []byte
	for len(body) > 0 {
		field, value, rest, ok := next(body)
		if !ok {
			return errUnreadable
		}
		body = rest
		switch field {
		case resultWorkflow:
			workflow = value
		case resultToken:
			token = value
		case resultPayload:
			payload = value
		case resultError:
			return fmt.Errorf("an activity failed: %q", value)
		}
	}
	if len(workflow) < digits || len(token) < digits || len(payload) == 0 ||
		!bytes.Equal(workflow[len(workflow)-digits:], token[len(token)-digits:]) {
		return fmt.Errorf("a result makes no sense: workflow %q, token %q, payload %q",
			workflow, token, payload)
	}
	var number [8]byte
	if _, err := hex.Decode(number[8-digits/2:], token[len(token)-digits:]); err != nil {
		return err
	}
	for _, b := range number {
		f.number = f.number<<8 | uint64(b)
	}
	if f.number%1024 == 0 && !bytes.Contains(payload, []byte(Greeting)) {
		return fmt.Errorf("got result %q, want one with %q", payload, Greeting)
	}

	return nil
}

// next takes the first field off a message. Fields that are no bytes have no value.
func next(message []byte) (field protowire.Number, value, rest []byte, ok bool) {
	field, kind, n := protowire.ConsumeTag(message)
	if n < 0 {
		return 0, nil, nil, false
	}
	message = message[n:]
	if kind == protowire.BytesType {
		value, n = protowire.ConsumeBytes(message)
	} else {
		n = protowire.ConsumeFieldValue(field, kind, message)
	}
	if n < 0 {
		return 0, nil, nil, false
	}

	return field, value, message[n:], true
}

// codec sends frames as they are and reads no more of them than inbound has.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v any) (mem.BufferSlice, error) {
	frame, ok := v.(outbound)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}

	return mem.BufferSlice{mem.SliceBuffer(frame)}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	frame, ok := v.(*inbound)
	if !ok {
		return fmt.Errorf("cannot receive a %T", v)
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	frame.read(buffer.ReadOnlyData())

	return nil
}
