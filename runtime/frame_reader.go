package aion

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The frames that come by the thousand, tasks, acks and completed results, are
// read and written here without messages in between. Whatever is of another kind,
// or unusual in any way, is left to package proto; a fuzz test holds that both
// ways agree.

// The numbers of the fields that are read and written here.
const (
	fieldTask = 1 // Of ServerToWorker.
	fieldAck  = 4 // Of ServerToWorker.

	fieldWorkflowID = 1 // Of tasks, acks and results.
	fieldActivityID = 2 // Of tasks, acks and results.

	fieldFirst = 1 // Of WorkflowId, RunId and ActivityId, a label's key, and a payload's content type.
	fieldOther = 2 // A label's value, and a payload's bytes.

	fieldTaskType           = 3
	fieldTaskInput          = 4
	fieldTaskAttempt        = 5
	fieldTaskLabels         = 6
	fieldTaskRunID          = 7
	fieldTaskToken          = 8
	fieldTaskIdempotencyKey = 9
)

// fields reads the fields of a message one after the other.
type fields struct {
	rest   []byte
	seen   uint64 // A bit for each field that was read.
	number protowire.Number
	text   []byte // The field's content, when it is of bytes.
	value  uint64 // The same, when it is a varint.
	usual  bool   // So far each field was of one of both kinds, and read once.
}

// next reads a field. It is false at the end, and at what is unusual.
func (f *fields) next() bool {
	if len(f.rest) == 0 {
		return false
	}
	// A tag of one byte, which all known fields have; others are unusual.
	number, kind := protowire.DecodeTag(uint64(f.rest[0]))
	if f.rest[0] >= 0x80 || number < 1 || f.seen&(1<<number) != 0 && number != fieldTaskLabels {
		f.usual = false

		return false
	}
	f.seen |= 1 << number
	f.number, f.text = number, nil
	value, n := consumeVarint(f.rest[1:])
	f.value, f.rest = value, f.rest[1+max(n, 0):]
	switch {
	case n < 0:
		f.usual = false
	case kind == protowire.VarintType:
	case kind == protowire.BytesType && value <= uint64(len(f.rest)):
		f.text, f.rest, f.value = f.rest[:value], f.rest[value:], 0
	default:
		f.usual = false
	}

	return f.usual
}

// consumeVarint is [protowire.ConsumeVarint], which is slower for one byte.
func consumeVarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}

	return protowire.ConsumeVarint(b)
}

// readOf begins to read a message.
func readOf(message []byte) fields { return fields{rest: message, usual: true} }

// has reports whether a field was read.
func (f *fields) has(number protowire.Number) bool { return f.seen&(1<<number) != 0 }

// pair reads a message of two texts.
func pair(message []byte) (first, other []byte, ok bool) {
	f := readOf(message)
	for f.next() {
		switch {
		case f.number == fieldFirst && f.text != nil:
			first = f.text
		case f.number == fieldOther && f.text != nil:
			other = f.text
		default:
			return nil, nil, false
		}
	}

	return first, other, f.usual
}

// identifier reads a WorkflowId or a RunId.
func identifier(message []byte) (uuid []byte, ok bool) {
	uuid, other, ok := pair(message)

	return uuid, ok && other == nil && len(uuid) > 0
}

// position reads an ActivityId.
func position(message []byte) (value uint64, ok bool) {
	f := readOf(message)
	for f.next() {
		if f.number != fieldFirst || f.text != nil {
			return 0, false
		}
		value = f.value
	}

	return value, f.usual
}

// readEvent reads a frame, which stays the caller's, into an event that is empty. It
// is false for one that is unusual; the event then has parts of it.
func readEvent(frame []byte, registered *Registered, event *Event) bool {
	f := readOf(frame)
	if !f.next() || len(f.rest) > 0 || f.text == nil {
		return false
	}
	switch f.number {
	case fieldTask:
		return readTask(f.text, registered, event)
	case fieldAck:
		return readAck(f.text, event)
	default:
		return false
	}
}

func readAck(message []byte, event *Event) bool {
	f := readOf(message)
	event.Kind = EventAck
	for f.next() {
		ok := f.text != nil
		switch f.number {
		case fieldWorkflowID:
			var uuid []byte
			if ok {
				uuid, ok = identifier(f.text)
			}
			ok = ok && utf8.Valid(uuid)
			event.Key.WorkflowID = string(uuid)
		case fieldActivityID:
			if ok {
				event.Key.ActivityID, ok = position(f.text)
			}
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}

	return f.usual && f.has(fieldWorkflowID) && f.has(fieldActivityID)
}

// readTask reads a task that is complete. It takes three allocations at most: for the
// texts, for the input, and for labels.
func readTask(message []byte, registered *Registered, event *Event) bool {
	var t taskTexts
	event.Kind = EventTask
	f := readOf(message)
	for f.next() {
		if !t.read(&f, &event.Task) {
			return false
		}
	}
	const needed = 1<<fieldWorkflowID | 1<<fieldActivityID | 1<<fieldTaskInput | 1<<fieldTaskAttempt |
		1<<fieldTaskRunID | 1<<fieldTaskToken
	if !f.usual || f.seen&needed != needed || !t.valid() {
		return false
	}
	t.put(&event.Task.Info, &event.Task.CompletionToken)
	event.Task.broughtTo(registered)

	return true
}

// taskTexts are the texts of a task as they are in the frame.
type taskTexts struct {
	workflowID, runID, activityType, token, idempotencyKey []byte

	labels [][2][]byte
}

// read takes a field of a task in. It is false for one that is unusual.
func (t *taskTexts) read(f *fields, task *Task) (ok bool) {
	if f.number == fieldTaskAttempt {
		task.Attempt = uint32(f.value) //nolint:gosec // It is in range.

		return f.text == nil && f.value > 0 && f.value <= math.MaxUint32
	}
	if f.text == nil {
		return false
	}
	switch f.number {
	case fieldWorkflowID:
		t.workflowID, ok = identifier(f.text)
	case fieldActivityID:
		task.ActivityID, ok = position(f.text)
	case fieldTaskType:
		t.activityType, ok = f.text, true
	case fieldTaskInput:
		task.Input, ok = inputOf(f.text)
	case fieldTaskLabels:
		var key, value []byte
		key, value, ok = pair(f.text)
		t.labels = append(t.labels, [2][]byte{key, value})
	case fieldTaskRunID:
		t.runID, ok = identifier(f.text)
	case fieldTaskToken:
		t.token, ok = f.text, len(f.text) > 0
	case fieldTaskIdempotencyKey:
		t.idempotencyKey, ok = f.text, true
	}

	return ok
}

// inputOf copies the bytes of a payload.
func inputOf(payload []byte) (input []byte, ok bool) {
	kind, text, ok := pair(payload)
	if !ok || string(kind) != contentType {
		return nil, false
	}

	return append(make([]byte, 0, len(text)), text...), true
}

// valid reports whether all texts are UTF-8.
func (t *taskTexts) valid() bool {
	for _, label := range t.labels {
		if !utf8.Valid(label[0]) || !utf8.Valid(label[1]) {
			return false
		}
	}

	return utf8.Valid(t.workflowID) && utf8.Valid(t.runID) && utf8.Valid(t.activityType) &&
		utf8.Valid(t.token) && utf8.Valid(t.idempotencyKey)
}

// put copies the texts out of the frame, those that each task has all at once.
func (t *taskTexts) put(info *Info, token *string) {
	var joined strings.Builder
	joined.Grow(len(t.workflowID) + len(t.runID) + len(t.activityType) + len(t.token) + len(t.idempotencyKey))
	for _, text := range [...][]byte{t.workflowID, t.runID, t.activityType, t.token, t.idempotencyKey} {
		joined.Write(text)
	}
	all := joined.String()
	cut := func(text []byte) (s string) {
		s, all = all[:len(text)], all[len(text):]

		return s
	}
	info.WorkflowID, info.RunID, info.ActivityType = cut(t.workflowID), cut(t.runID), cut(t.activityType)
	*token, info.IdempotencyKey = cut(t.token), cut(t.idempotencyKey)
	if len(t.labels) > 0 {
		info.Labels = make(map[string]string, len(t.labels))
		for _, label := range t.labels {
			info.Labels[string(label[0])] = string(label[1])
		}
	}
}
