package aion

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// salvageTask reads what is readable of a frame that as a whole is not. It
// returns nil when that is no task.
func salvageTask(frame []byte) *aionpb.ActivityTask {
	var task *aionpb.ActivityTask
	eachField(frame, func(number protowire.Number, field []byte) {
		if number != taskNumber {
			return
		}
		_, _, tag := protowire.ConsumeTag(field) // It was consumed once before.
		if body, n := protowire.ConsumeBytes(field[tag:]); n > 0 {
			task = &aionpb.ActivityTask{}
			eachField(body, func(_ protowire.Number, field []byte) {
				// What cannot be read stays unset, and is missed later if it is needed.
				_ = proto.UnmarshalOptions{Merge: true}.Unmarshal(field, task)
			})
		}
	})

	return task
}

// taskNumber is the number of ServerToWorker.task.
const taskNumber = 1

// eachField calls visit with each field of a message, its tag included, up to
// the first that has no end.
func eachField(message []byte, visit func(number protowire.Number, field []byte)) {
	for len(message) > 0 {
		number, _, n := protowire.ConsumeField(message)
		if n < 0 {
			return
		}
		visit(number, message[:n])
		message = message[n:]
	}
}
