package aion

import "google.golang.org/protobuf/encoding/protowire"

// The numbers of the fields of a completed result, beside those that tasks and
// acks have as well.
const (
	fieldResult = 2 // Of WorkerToServer.

	fieldResultPayload = 3
	fieldResultRunID   = 5
	fieldResultToken   = 6
)

// resultSize is the size of the frame of a completed result, and that of the
// ActivityResult within.
func resultSize(f *Frame) (frame, result int) {
	result = sizeOf(sizeOfText(len(f.Key.WorkflowID))) + sizeOf(sizeOfPosition(f.Key.ActivityID)) +
		sizeOf(sizeOfPayload(f.Outcome.Result)) + sizeOf(sizeOfText(len(f.RunID))) +
		sizeOfText(len(f.Token))

	return sizeOf(result), result
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

func sizeOfPosition(value uint64) int {
	if value == 0 {
		return 0
	}

	return 1 + protowire.SizeVarint(value)
}

func sizeOfPayload(text []byte) int { return sizeOfText(len(contentType)) + sizeOfText(len(text)) }

// appendResult appends the frame of a completed result to b.
func appendResult(b []byte, f *Frame) []byte {
	_, size := resultSize(f)
	b = appendHead(b, fieldResult, size)
	b = appendHead(b, fieldWorkflowID, sizeOfText(len(f.Key.WorkflowID)))
	b = appendText(b, fieldFirst, f.Key.WorkflowID)
	b = appendHead(b, fieldActivityID, sizeOfPosition(f.Key.ActivityID))
	if f.Key.ActivityID != 0 {
		b = protowire.AppendTag(b, fieldFirst, protowire.VarintType)
		b = protowire.AppendVarint(b, f.Key.ActivityID)
	}
	b = appendHead(b, fieldResultPayload, sizeOfPayload(f.Outcome.Result))
	b = appendText(b, fieldFirst, contentType)
	if len(f.Outcome.Result) > 0 {
		b = append(appendHead(b, fieldOther, len(f.Outcome.Result)), f.Outcome.Result...)
	}
	b = appendHead(b, fieldResultRunID, sizeOfText(len(f.RunID)))
	b = appendText(b, fieldFirst, f.RunID)

	return appendText(b, fieldResultToken, f.Token)
}

// appendHead appends what comes before the bytes of a field.
func appendHead(b []byte, number protowire.Number, size int) []byte {
	b = protowire.AppendTag(b, number, protowire.BytesType)

	return protowire.AppendVarint(b, uint64(size)) //nolint:gosec // A size is not negative.
}

func appendText(b []byte, number protowire.Number, text string) []byte {
	if text == "" {
		return b
	}

	return append(appendHead(b, number, len(text)), text...)
}
