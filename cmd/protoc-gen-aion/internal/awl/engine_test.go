package awl_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/awl"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/example"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/goldencase"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
	emptyv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/empty/want/empty/v1"
	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// examples serves the activities of a queue: it takes what their contract takes, and answers with
// the example of their output.
type examples struct {
	outline *outline.Outline
	queue   string
}

func (e examples) TaskQueue() string { return e.queue }

func (e examples) Activities() []aion.ActivityContract {
	var contracts []aion.ActivityContract
	for _, a := range e.outline.Activities {
		if a.Service.Queue == e.queue {
			contracts = append(contracts, aion.ActivityContract{
				Type:         a.ActivityType,
				InputSchema:  a.Input.Plan.Schema(),
				OutputSchema: a.Output.Plan.Schema(),
				Node:         a.Node.Value,
			})
		}
	}

	return contracts
}

var errUnknown = errors.New("no such activity")

func (e examples) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome {
	for _, a := range e.outline.Activities {
		if a.Service.Queue != e.queue || a.ActivityType != task.ActivityType {
			continue
		}
		err := a.Input.Plan.Decode(task.Input, dynamicpb.NewMessage(a.Input.Message))
		if err != nil {
			return aion.Failed(ctx, aion.Terminal(err))
		}
		result, err := example.JSON(e.outline, a.Output)
		if err != nil {
			return aion.Failed(ctx, aion.Terminal(err))
		}

		return aion.Completed([]byte(result))
	}

	return aion.Failed(ctx, aion.Terminal(errUnknown))
}

// Each workflow runs to its end on the engine itself, with a worker that holds to the contracts.
func TestEngineRunsWorkflows(t *testing.T) {
	t.Parallel()
	outlines := goldencase.Outlines(t, testdata)
	for _, name := range []string{"outputs", "options"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o, engine := cli{T: t}, outlines[name], realengine.Start(t)
			log := slog.New(slog.DiscardHandler)
			defer c.work(engine.Addr(), log, dispatchers(o)...)()
			for _, action := range awl.Actions(o) {
				c.runWorkflow(o, engine, action)
			}
		})
	}
}

// registrations tells of each "worker registered" in a worker's log.
type registrations struct {
	slog.Handler

	seen chan<- struct{}
}

func (r registrations) WithAttrs([]slog.Attr) slog.Handler { return r }

func (r registrations) Enabled(context.Context, slog.Level) bool { return true }

func (r registrations) Handle(_ context.Context, record slog.Record) error {
	if record.Message == "worker registered" {
		r.seen <- struct{}{}
	}

	return nil
}

// A service whose rpcs are still to come is served as any other is.
func TestEngineAdmitsServicesWithoutRPCs(t *testing.T) {
	t.Parallel()
	c, engine := cli{T: t}, realengine.Start(t)
	seen := make(chan struct{}, 8) // More streams than a worker with one slot opens.
	log := slog.New(registrations{slog.DiscardHandler, seen})
	defer c.work(engine.Addr(), log, emptyv1.NewLaterDispatcher(struct{}{}))()
	select {
	case <-seen:
	case <-time.After(30 * time.Second):
		t.Error("got no registration within 30 s, want one")
	}
}

// dispatchers are those of all queues.
func dispatchers(o *outline.Outline) []aion.Dispatcher {
	queues := make(map[string]aion.Dispatcher)
	for _, a := range o.Activities {
		queues[a.Service.Queue] = examples{o, a.Service.Queue}
	}

	return slices.Collect(maps.Values(queues))
}

// work starts a worker, and returns what stops it.
func (c cli) work(
	endpoint string, log *slog.Logger, dispatchers ...aion.Dispatcher,
) (stop func()) {
	c.Helper()
	worker, err := aion.NewWorker(
		aion.Config{Endpoint: endpoint, MaxConcurrency: 1, Logger: log}, dispatchers...,
	)
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()

	return func() {
		cancel()
		if err := <-ended; err != nil {
			c.Errorf("worker: got %v, want a graceful stop", err)
		}
	}
}

// runWorkflow runs the workflow of an action with the example of its activity's input.
func (c cli) runWorkflow(o *outline.Outline, engine *realengine.Server, action awl.ActionText) {
	c.Helper()
	result, err := engine.Run(c.Context(), action.Workflow, c.inputOf(o, action))
	if err != nil || result.Outcome != "done" {
		c.Errorf("%s of %s: got %+v, %v, want the outcome done", action.Name, action.Queue, result, err)
	}
}

// inputOf is the example of an activity's input as that of a workflow.
func (c cli) inputOf(o *outline.Outline, action awl.ActionText) string {
	c.Helper()
	text, err := example.JSON(o, action.Activity.Input)
	if err != nil {
		c.Fatal(err)
	}
	input := make(map[string]any)
	properties := make(map[string]any)
	if len(action.Arguments) > 0 {
		if err := json.Unmarshal([]byte(text), &properties); err != nil {
			c.Fatal(err)
		}
	}
	for property, value := range properties {
		if name, ok := action.Arguments[property]; ok {
			input[name] = value
		}
	}

	return string(marshal(c.T, input))
}
