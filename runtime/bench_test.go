package aion_test

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
)

const benchSlots = 256

// benchSession is an engine that acknowledges each result and sends the next task.
type benchSession struct {
	events chan aion.Event
	tasks  []aion.Task // What is left to send; the sender's own once Serve runs.
	left   int         // Results to come.
	ended  chan struct{}
}

func (s *benchSession) Registered() aion.Registered {
	return aion.Registered{
		Server: "engine", TaskQueue: "greeter", HeartbeatWindow: window, MaxConcurrency: benchSlots,
	}
}

func (s *benchSession) Receive() (aion.Event, error) {
	select {
	case e := <-s.events:
		return e, nil
	case <-s.ended:
		return aion.Event{}, io.EOF
	}
}

func (s *benchSession) Send(f aion.Frame) error {
	if f.Kind != aion.FrameResult {
		return nil
	}
	s.events <- aion.Event{Kind: aion.EventAck, Key: f.Key}
	s.next()
	if s.left--; s.left == 0 {
		close(s.ended)
	}

	return nil
}

func (s *benchSession) next() {
	if len(s.tasks) > 0 {
		s.events <- aion.Event{Kind: aion.EventTask, Task: s.tasks[0]}
		s.tasks = s.tasks[1:]
	}
}

func (s *benchSession) CloseSend() error { return nil }

func (s *benchSession) Close(error) {}

// BenchmarkTask is one whole task, typed, over a session in memory.
func BenchmarkTask(b *testing.B) {
	dispatcher := aion.NewFuncDispatcher(greetSpec, func(_ context.Context, in message) (message, error) {
		return wrapperspb.String("Hello, " + in.GetValue() + "!"), nil
	})
	tasks := make([]aion.Task, b.N)
	for i := range tasks {
		tasks[i] = aion.Task{
			Info: aion.Info{
				WorkflowID: strconv.Itoa(i), RunID: "r", Attempt: 1,
				ActivityType: "greet", TaskQueue: "greeter",
			},
			CompletionToken: strconv.Itoa(i),
			Input:           []byte(`"Ada"`),
		}
	}
	s := &benchSession{
		events: make(chan aion.Event, 4*benchSlots), tasks: tasks, left: b.N, ended: make(chan struct{}),
	}
	executions, tracker := aion.NewExecutions(benchSlots), aion.NewTracker()
	for range benchSlots {
		s.next()
	}
	b.ReportAllocs()
	b.ResetTimer()
	_, _, err := aion.Serve(b.Context(), s, dispatcher, executions, tracker, aion.ServeConfig{
		Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		b.Fatal("the session ended without a reason")
	}
}
