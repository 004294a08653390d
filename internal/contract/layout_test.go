package contract_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// Not parallel: allocations are counted.
func TestOpenMessagesAreWrittenWithoutAllocations(t *testing.T) { //nolint:paralleltest // See above.
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	for _, test := range []struct {
		name string
		m    proto.Message
	}{
		{"lists", order()},
		{"scalars", &testproto.Scalars{Text: "a"}},
		{"choice", &testproto.Choice{Way: &testproto.Choice_Text{Text: "a"}}},
		{"maps", &testproto.Maps{
			Labels:   map[string]string{"b": "2", "a": "1"},
			ByInt:    map[int32]int64{1000: 1000, -1: -1},
			ByUint:   map[uint64]*testproto.Item{1000: item(), 1: item()},
			ByBool:   map[bool]testproto.Colour{true: 1, false: 2},
			Anything: map[string]*structpb.Value{"a": structpb.NewNumberValue(1)},
			Blobs:    map[int64][]byte{1000: []byte("some bytes")},
		}},
		{"maps within maps", bush(3)},
		{"wrappers", &testproto.Wrapped{Text: wrapperspb.String("a"), I64: wrapperspb.Int64(1000)}},
		{"well-known", &testproto.Known{
			Empty: &emptypb.Empty{},
			Object: &structpb.Struct{Fields: map[string]*structpb.Value{
				"a": structpb.NewListValue(&structpb.ListValue{
					Values: []*structpb.Value{structpb.NewStringValue("b"), structpb.NewBoolValue(true)},
				}),
			}},
			Value: structpb.NewNullValue(),
			List:  &structpb.ListValue{},
			At:    timestamppb.New(time.Unix(1, 2)),
			For:   durationpb.New(time.Minute),
			Mask:  &fieldmaskpb.FieldMask{Paths: []string{"user.display_name", "photo"}},
		}},
	} {
		plan := outputPlan(t, test.m, contract.Options{})
		var buffer []byte
		appended := func() { buffer, _ = plan.Append(buffer[:0], test.m) }
		if got := testing.AllocsPerRun(100, appended); got > 0 {
			t.Errorf("%s: got %v allocations of Append, want none", test.name, got)
		}
		encoded := func() { _, _ = plan.Encode(test.m) }
		if got := testing.AllocsPerRun(100, encoded); got > 1 {
			t.Errorf("%s: got %v allocations of Encode, want one", test.name, got)
		}
	}
}
