package contract_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

// Not parallel: allocations are counted.
func TestOpenMessagesAreWrittenWithoutAllocations(t *testing.T) { //nolint:paralleltest // See above.
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	for _, test := range []struct {
		name  string
		m     proto.Message
		extra float64 // For the values of maps.
	}{
		{"lists", order(), 0},
		{"scalars", &testproto.Scalars{Text: "a"}, 0},
		{"choice", &testproto.Choice{Way: &testproto.Choice_Text{Text: "a"}}, 0},
		{"map", &testproto.Maps{Labels: map[string]string{"b": "2", "a": "1"}}, 2},
	} {
		plan := outputPlan(t, test.m, contract.Options{})
		var buffer []byte
		appended := func() { buffer, _ = plan.Append(buffer[:0], test.m) }
		if got := testing.AllocsPerRun(100, appended); got > test.extra {
			t.Errorf("%s: got %v allocations of Append, want %v", test.name, got, test.extra)
		}
		encoded := func() { _, _ = plan.Encode(test.m) }
		if got := testing.AllocsPerRun(100, encoded); got > test.extra+1 {
			t.Errorf("%s: got %v allocations of Encode, want %v", test.name, got, test.extra+1)
		}
	}
}
