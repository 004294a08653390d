package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aion-go/aion/internal/realengine"
)

func TestMain(m *testing.M) { realengine.Main(m) }

// document is the text of the workflow.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("order.awl")
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

// The declarations of the workflow are those that are generated: after a change of
// the proto, they are to be pasted again.
func TestTheWorkflowDeclaresWhatIsGenerated(t *testing.T) {
	t.Parallel()
	generated, err := os.ReadFile("gen/awl/order.awl")
	if err != nil {
		t.Fatal(err)
	}
	_, declarations, _ := strings.Cut(string(generated), "\n\n")
	if declarations == "" || !strings.Contains(document(t), declarations) {
		t.Errorf("order.awl lacks what gen/awl/order.awl declares:\n%s", declarations)
	}
}

// newShop is a real engine and workers: one process for both services, or two.
func newShop(t *testing.T, processes ...string) *realengine.Server {
	t.Helper()
	engine := realengine.Start(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, len(processes))
	for _, services := range processes {
		go func() {
			ended <- run(ctx, []string{"-endpoint", engine.Addr(), "-services", services}, io.Discard)
		}()
	}
	t.Cleanup(func() {
		stop()
		for range processes {
			if err := <-ended; err != nil {
				t.Errorf("worker: %v", err)
			}
		}
	})

	return engine
}

func TestTheWorkflowOnTheRealEngine(t *testing.T) {
	t.Parallel()
	for name, processes := range map[string][]string{
		"one process":   {"stock,shipping"},
		"two processes": {"stock", "shipping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := newShop(t, processes...)
			workflow, err := engine.Deploy(t.Context(), document(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				order   order
				outcome string
				payload string
			}{
				{ // The carrier's line is busy in the first attempt.
					order: order{"1", "tea", 4, "Paris"}, outcome: "shipped",
					payload: `{"tracking":"` + tracking("1") + `"}`,
				},
				{
					order: order{"2", "tea", 6, "Atlantis"}, outcome: "returned",
					payload: `{"reason":"nobody goes to Atlantis"}`,
				},
				{
					order: order{"3", "tea", 7, "Rome"}, outcome: "rejected",
					payload: `{"reason":"there is not enough of tea"}`,
				},
				{ // What order 2 gave back is enough for this one.
					order: order{"4", "tea", 6, "Rome"}, outcome: "shipped",
					payload: `{"tracking":"` + tracking("4") + `"}`,
				},
			} {
				execution, err := engine.Start(t.Context(), workflow, tt.order.input())
				if err != nil {
					t.Fatal(err)
				}
				result, err := engine.Wait(t.Context(), execution)
				if err != nil || result.Outcome != tt.outcome || string(result.Payload) != tt.payload {
					t.Errorf("order %s: got %s %s, %v, want %s %s", tt.order.number,
						result.Outcome, result.Payload, err, tt.outcome, tt.payload)
				}
			}
		})
	}
}

// input is the order as the workflow takes it.
func (o order) input() string {
	return fmt.Sprintf(`{"order":%q,"article":%q,"quantity":%d,"address":%q}`,
		o.number, o.article, o.quantity, o.address)
}
