package aion

import "google.golang.org/protobuf/encoding/protowire"

// The numbers of the fields of completed results and heartbeats, beside those that
// tasks and acks have as well.
const (
	fieldResult    = 2 // Of WorkerToServer.
	fieldHeartbeat = 3 // Of WorkerToServer.

	fieldHeartbeatProgress = 3
	fieldResultPayload     = 3
	fieldResultRunID       = 5
	fieldResultToken       = 6
)

// frameSize is the size of a frame, and that of the message within. It is false
// for a kind that is left to package proto.
func frameSize(f *Frame) (frame, message int, ok bool) {
	switch {
	case f.Kind == FrameResult && f.Outcome.Failure == nil:
		message = sizeOfKey(f.Key) + sizeOf(sizeOfPayload(f.Outcome.Result)) +
			sizeOf(sizeOfText(len(f.RunID))) + sizeOfText(len(f.Token))
	case f.Kind == FrameTaskHeartbeat:
		message = sizeOfKey(f.Key)
		if f.Progress != nil {
			message += sizeOf(sizeOfPayload(f.Progress))
		}
	case f.Kind == FrameHeartbeat:
	default:
		return 0, 0, false
	}

	return sizeOf(message), message, true
}

// sizeOf is the size of a message as a field of another one; all fields that are
// written here have tags of one byte.
func sizeOf(message int) int { return 1 + protowire.SizeBytes(message) }

func sizeOfText(length int) int {
	if length == 0 {
		return 0
	}

	return sizeOf(length)
}

func sizeOfKey(key ActivityKey) int {
	return sizeOf(sizeOfText(len(key.WorkflowID))) + sizeOf(sizeOfPosition(key.ActivityID))
}

func sizeOfPosition(value uint64) int {
	if value == 0 {
		return 0
	}

	return 1 + protowire.SizeVarint(value)
}

func sizeOfPayload(text []byte) int { return sizeOfText(len(contentType)) + sizeOfText(len(text)) }

// appendFrame appends a frame whose message has the given size to b.
func appendFrame(b []byte, f *Frame, message int) []byte {
	switch f.Kind { //nolint:exhaustive // The others are left to package proto.
	case FrameResult:
		b = appendKey(appendHead(b, fieldResult, message), f.Key)
		b = appendPayload(b, fieldResultPayload, f.Outcome.Result)
		b = appendHead(b, fieldResultRunID, sizeOfText(len(f.RunID)))
		b = appendText(b, fieldFirst, f.RunID)

		return appendText(b, fieldResultToken, f.Token)
	case FrameTaskHeartbeat:
		b = appendKey(appendHead(b, fieldHeartbeat, message), f.Key)
		if f.Progress != nil {
			b = appendPayload(b, fieldHeartbeatProgress, f.Progress)
		}

		return b
	default:
		return appendHead(b, fieldHeartbeat, message)
	}
}

func appendKey(b []byte, key ActivityKey) []byte {
	b = appendHead(b, fieldWorkflowID, sizeOfText(len(key.WorkflowID)))
	b = appendText(b, fieldFirst, key.WorkflowID)
	b = appendHead(b, fieldActivityID, sizeOfPosition(key.ActivityID))
	if key.ActivityID == 0 {
		return b
	}
	b = protowire.AppendTag(b, fieldFirst, protowire.VarintType)

	return protowire.AppendVarint(b, key.ActivityID)
}

func appendPayload(b []byte, number protowire.Number, text []byte) []byte {
	b = appendHead(b, number, sizeOfPayload(text))
	b = appendText(b, fieldFirst, contentType)
	if len(text) == 0 {
		return b
	}

	return append(appendHead(b, fieldOther, len(text)), text...)
}

// appendHead appends what comes before the bytes of a field.
//
//nolint:gosec // A number is below 16, so that a tag has one byte, and a size is not negative.
func appendHead(b []byte, number protowire.Number, size int) []byte {
	b = append(b, byte(protowire.EncodeTag(number, protowire.BytesType)))
	if size < 0x80 {
		return append(b, byte(size)) // As AppendVarint does, which is slower.
	}

	return protowire.AppendVarint(b, uint64(size))
}

func appendText(b []byte, number protowire.Number, text string) []byte {
	if text == "" {
		return b
	}

	return append(appendHead(b, number, len(text)), text...)
}
