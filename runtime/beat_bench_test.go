package aion

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"
)

// waitingDispatcher runs activities that wait for their context.
type waitingDispatcher struct{ started chan context.Context }

func (waitingDispatcher) TaskQueue() string { return "benchmark" }

func (waitingDispatcher) Activities() []ActivityContract { return nil }

func (d waitingDispatcher) Dispatch(ctx context.Context, _ *Task) Outcome {
	d.started <- ctx
	<-ctx.Done()

	return Completed([]byte("null"))
}

// silentSession is one that nothing comes on.
type silentSession struct{ ended chan struct{} }

func (silentSession) Registered() Registered {
	return Registered{Server: "engine", TaskQueue: "benchmark", HeartbeatWindow: time.Hour}
}

func (s silentSession) Receive() (Event, error) {
	<-s.ended

	return Event{}, errEngineClosed
}

func (silentSession) Send(Frame) error { return nil }

func (silentSession) CloseSend() error { return nil }

func (silentSession) Close(error) {}

// running returns a stream on whose behalf n activities run until the benchmark
// ends, and the context of one of them.
func running(b *testing.B, n int) (*stream, context.Context) {
	b.Helper()
	dispatcher := waitingDispatcher{started: make(chan context.Context, n)}
	executions, tracker := NewExecutions(n), NewTracker()
	s := newStream(context.Background(), silentSession{}, dispatcher, executions, tracker,
		ServeConfig{Logger: slog.New(slog.DiscardHandler)})
	executions.attach(s)
	tracker.attach(s.outbox)
	b.Cleanup(func() {
		executions.cancelHeld(s, ErrWorkerStopping)
		executions.detach(s)
		executions.goroutines.Wait()
	})
	for i := range n {
		executions.deliver(s, &Task{
			Info: Info{
				WorkflowID: strconv.Itoa(i), RunID: "run", Attempt: 1,
				ActivityType: "wait", TaskQueue: "benchmark",
			},
			CompletionToken: strconv.Itoa(i), Input: []byte("null"),
		})
	}
	for range n - 1 {
		<-dispatcher.started
	}

	return s, <-dispatcher.started
}

// BenchmarkHeartbeat is a handler that tells its progress again and again.
func BenchmarkHeartbeat(b *testing.B) {
	_, ctx := running(b, 1)
	progress := wrapperspb.String("half way")
	b.ReportAllocs()
	for b.Loop() {
		if err := Heartbeat(ctx, progress); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBeats is what the pump does for 10,000 activities that run: at each beat
// a frame for each, and in between a look for new progress.
func BenchmarkBeats(b *testing.B) {
	const activities = 10_000
	for _, tt := range []struct {
		name   string
		all    bool
		frames int
	}{
		{"a beat", true, activities},
		{"in between", false, 0},
	} {
		b.Run(tt.name, func(b *testing.B) {
			s, _ := running(b, activities)
			b.ReportAllocs()
			for b.Loop() {
				frames, _ := s.executions.beatsOf(s, time.Second, tt.all)
				if len(frames) != tt.frames {
					b.Fatalf("got %d frames, want %d", len(frames), tt.frames)
				}
			}
		})
	}
}
