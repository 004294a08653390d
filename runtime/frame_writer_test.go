package aion

import (
	"cmp"
	"math"
	"strings"
	"testing"

	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

func TestFramesAreWrittenAsProtoWritesThem(t *testing.T) {
	t.Parallel()
	codec := frameCodec{encoding.GetCodecV2("proto")}
	long := strings.Repeat("x", 3<<20)
	for name, frame := range map[string]Frame{
		"usual": {
			Key: ActivityKey{WorkflowID: "w", ActivityID: 300}, RunID: "r", Token: "t",
			Outcome: Completed([]byte(`"done"`)),
		},
		"first of a run": {
			Key: ActivityKey{WorkflowID: "w"}, RunID: "r", Token: "t", Outcome: Completed([]byte(`1`)),
		},
		"position of 64 bits": {
			Key: ActivityKey{WorkflowID: "w", ActivityID: math.MaxUint64}, Outcome: Completed([]byte(`1`)),
		},
		"large": {
			Key: ActivityKey{WorkflowID: "w"}, Outcome: Completed([]byte(`"` + long + `"`)),
		},
		"nothing":                {},
		"beat of the connection": {Kind: FrameHeartbeat},
		"beat of a task": {
			Kind: FrameTaskHeartbeat, Key: ActivityKey{WorkflowID: "w", ActivityID: 300},
		},
		"beat with progress": {
			Kind: FrameTaskHeartbeat, Key: ActivityKey{WorkflowID: "w"}, Progress: []byte(`{"percent":3}`),
		},
		"beat with empty progress": {
			Kind: FrameTaskHeartbeat, Key: ActivityKey{WorkflowID: "w"}, Progress: []byte{},
		},
		"beat with large progress": {
			Kind: FrameTaskHeartbeat, Key: ActivityKey{WorkflowID: "w"}, Progress: []byte(`"` + long + `"`),
		},
		"refusal": {Kind: FrameRefusal, Key: ActivityKey{WorkflowID: "w"}, Token: "t", Reason: "full"},
		"answer":  {Kind: FrameLivenessAnswer, Ping: 7},
		"failure": {Key: ActivityKey{WorkflowID: "w"}, Outcome: terminal("no")},
	} {
		frame.Kind = cmp.Or(frame.Kind, FrameResult)
		written, err := codec.Marshal(&frame)
		if err != nil {
			t.Fatal(err)
		}
		var got aionpb.WorkerToServer
		err = proto.Unmarshal(written.Materialize(), &got)
		if want := wireFrame(frame); err != nil || !proto.Equal(&got, want) {
			t.Errorf("%s: got frame %v, %v, want %v", name, &got, err, want)
		}
		if got, want := written.Len(), proto.Size(wireFrame(frame)); got != want {
			t.Errorf("%s: got %d bytes, want %d", name, got, want)
		}
	}
}
