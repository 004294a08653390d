package devengine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/aion-go/aion/runtime/devengine"
)

// drained reads a frame that must be a DrainRequest.
func (s *script) drained() {
	s.Helper()
	if frame := s.next(); frame.GetDrain() == nil {
		s.Fatalf("frame: got %v, want DrainRequest", frame)
	}
}

func TestUnknownWorkers(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	for name, call := range map[string]func(uint64) error{
		"DrainWorker": l.DrainWorker,
		"Disconnect":  l.Disconnect,
	} {
		err := call(7)
		if err == nil || !strings.Contains(err.Error(), "worker 7 is not registered") {
			t.Errorf("%s: got %v, want an error that names worker 7", name, err)
		}
	}
}

func TestDrainedWorkerGetsNoMoreTasks(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(2)
	held := l.start()
	task := s.task()
	for range 2 {
		if err := l.DrainWorker(s.id); err != nil {
			t.Fatalf("DrainWorker: got %v, want nil", err)
		}
	}
	s.drained()
	if got := l.Workers()[0]; !got.Draining || got.Ready {
		t.Errorf("worker: got %+v, want it draining and not ready", got)
	}

	waiting := l.start()
	s.nothing()
	s.complete(task, `1`)
	s.acked(task)
	wantOutput(t, held, `1`)
	s.nothing()

	again := l.connect(1) // The engine stays up.
	again.complete(again.task(), `2`)
	wantOutput(t, waiting, `2`)
}

func TestDrainWaitsForHeldTasks(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	first, second := l.connect(1), l.connect(1)
	run := l.start()
	task := first.task()

	cause := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	err := l.Drain(ctx)
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "workers [1] still hold tasks") {
		t.Errorf("Drain: got %v, want the cause and worker 1", err)
	}
	first.drained()
	second.drained()

	parked := l.start()
	second.nothing()
	late := l.stream(t.Context())
	late.register(1)
	if got := late.end(codes.Unavailable); !strings.Contains(got, "drains") {
		t.Errorf("registration: got %q, want it to say that the engine drains", got)
	}

	drained := make(chan error)
	go func() { drained <- l.Drain(t.Context()) }()
	first.complete(task, `1`)
	if err := <-drained; err != nil {
		t.Errorf("Drain: got %v, want nil", err)
	}
	wantOutput(t, run, `1`)
	first.acked(task)
	first.nothing()
	parked.Cancel()
	if _, err := parked.Wait(t.Context()); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("parked run: got %v, want ErrCancelled", err)
	}
}

func TestDrainOfAnIdleEngineReturnsAtOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(1)
	if err := l.Drain(t.Context()); err != nil {
		t.Errorf("Drain: got %v, want nil", err)
	}
	s.drained()
}
