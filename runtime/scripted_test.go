package aion_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

const window = 40 * time.Second

// scriptedSession is a session whose engine is the test: it puts events in and
// takes frames out. By default it ends the stream in order when the worker does.
type scriptedSession struct {
	registered aion.Registered
	events     chan aion.Event
	onSend     func(aion.Frame) // Called before a frame is taken.

	mu       sync.Mutex
	frames   []aion.Frame
	sentAt   []time.Time
	blocked  chan struct{} // When set, Send waits for it.
	closing  sync.Once
	cause    error
	ended    chan struct{}
	sendDone chan struct{}
}

func newSession() *scriptedSession {
	return &scriptedSession{
		registered: aion.Registered{
			Server: "engine:50051", WorkerID: 1, Namespace: "default", TaskQueue: "payments",
			Identity: "test", HeartbeatWindow: window, MaxConcurrency: 8,
		},
		events:   make(chan aion.Event, 1024),
		ended:    make(chan struct{}),
		sendDone: make(chan struct{}),
	}
}

func (s *scriptedSession) Registered() aion.Registered { return s.registered }

func (s *scriptedSession) Receive() (aion.Event, error) {
	select {
	case <-s.ended:
		return aion.Event{}, s.cause
	default:
	}
	select {
	case e := <-s.events:
		return e, nil
	case <-s.ended:
		return aion.Event{}, s.cause
	case <-s.sendDone:
		return aion.Event{}, io.EOF
	}
}

func (s *scriptedSession) Send(f aion.Frame) error {
	if s.onSend != nil {
		s.onSend(f)
	}
	s.mu.Lock()
	blocked := s.blocked
	s.mu.Unlock()
	if blocked != nil {
		select {
		case <-blocked:
		case <-s.ended:
			return s.cause
		}
	}
	select {
	case <-s.ended:
		return s.cause
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, f)
	s.sentAt = append(s.sentAt, time.Now())

	return nil
}

func (s *scriptedSession) CloseSend() error {
	close(s.sendDone)

	return nil
}

func (s *scriptedSession) Close(cause error) {
	s.closing.Do(func() {
		s.cause = cause
		close(s.ended)
	})
}

func (s *scriptedSession) block(ch chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = ch
}

// sent returns the frames of a kind so far.
func (s *scriptedSession) sent(kind aion.FrameKind) []aion.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	var frames []aion.Frame
	for _, f := range s.frames {
		if f.Kind == kind {
			frames = append(frames, f)
		}
	}

	return frames
}

// clear forgets the frames so far.
func (s *scriptedSession) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames, s.sentAt = nil, nil
}

// deliver puts an event in and waits until everything has come to rest.
func (s *scriptedSession) deliver(events ...aion.Event) {
	for _, e := range events {
		s.events <- e
	}
	synctest.Wait()
}

// task is an event that brings activity n of workflow "w" for the first time.
func task(n uint64) aion.Event {
	return aion.Event{Kind: aion.EventTask, Task: aion.Task{
		Info: aion.Info{
			WorkflowID:   "w",
			RunID:        "r",
			ActivityID:   n,
			ActivityType: "charge",
			Attempt:      1,
			IdempotencyKey: fmt.Sprint(
				"key-",
				n,
			),
			TaskQueue: "payments",
			Namespace: "default",
			Worker:    "test",
		},
		CompletionToken: fmt.Sprint("token-", n),
		Input:           []byte(`{}`),
	}}
}

// redelivered is e under another token.
func redelivered(e aion.Event, token string) aion.Event {
	e.Task.CompletionToken = token

	return e
}

// attempt is e as attempt n under another token.
func attempt(e aion.Event, n uint32) aion.Event {
	e.Task.Attempt = n
	e.Task.CompletionToken = fmt.Sprintf("%s/%d", e.Task.CompletionToken, n)

	return e
}

func key(n uint64) aion.ActivityKey { return aion.ActivityKey{WorkflowID: "w", ActivityID: n} }

func ack(n uint64) aion.Event { return aion.Event{Kind: aion.EventAck, Key: key(n)} }

func cancelOf(n uint64) aion.Event { return aion.Event{Kind: aion.EventCancel, Key: key(n)} }

// handlerFunc is a dispatcher of the queue "payments" by hand.
type handlerFunc func(ctx context.Context, task *aion.Task) aion.Outcome

func (h handlerFunc) TaskQueue() string { return "payments" }

func (h handlerFunc) Activities() []aion.ActivityContract {
	return []aion.ActivityContract{
		{Type: "charge", InputSchema: []byte("true"), OutputSchema: []byte("true")},
	}
}

func (h handlerFunc) Dispatch(ctx context.Context, task *aion.Task) aion.Outcome { return h(ctx, task) }

// done completes at once.
func done(context.Context, *aion.Task) aion.Outcome { return aion.Completed([]byte(`"done"`)) }

// untilCancelled runs until its context ends.
func untilCancelled(ctx context.Context, _ *aion.Task) aion.Outcome {
	<-ctx.Done()

	return aion.Failed(ctx, context.Cause(ctx))
}

// gate is a handler whose runs wait for release, whatever their context says.
type gate struct {
	mu      sync.Mutex
	started []aion.Task
	causes  []error
	open    chan struct{}
	opened  sync.Once
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{open: make(chan struct{})}
	t.Cleanup(g.release)

	return g
}

// release lets all runs end, now and later.
func (g *gate) release() { g.opened.Do(func() { close(g.open) }) }

func (g *gate) run(ctx context.Context, task *aion.Task) aion.Outcome {
	g.mu.Lock()
	g.started = append(g.started, *task)
	g.mu.Unlock()
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.causes = append(g.causes, context.Cause(ctx))

	return aion.Completed([]byte(`"done"`))
}

func (g *gate) starts() int {
	g.mu.Lock()
	defer g.mu.Unlock()

	return len(g.started)
}

// served is a Serve that runs in the background of a synctest bubble.
type served struct {
	stop   context.CancelFunc
	end    aion.ServeEnd
	health aion.SessionHealth
	err    error
	done   chan struct{}
}

func (r *served) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// worker is what outlives the streams of a test.
type worker struct {
	executions *aion.Executions
	tracker    *aion.Tracker
	cfg        aion.ServeConfig
}

//nolint:gochecknoglobals // A flag of the test binary.
var archiveAll = flag.Bool("archive", false, "archive each outcome that waits for its ack")

func newWorker(slots int) *worker {
	w := &worker{
		executions: aion.NewExecutions(slots),
		tracker:    aion.NewTracker(),
		cfg:        aion.ServeConfig{Logger: slog.New(slog.DiscardHandler)},
	}
	if *archiveAll {
		w.tracker.ArchiveAll()
	}

	return w
}

// serve starts Serve on s. The test ends it, or it is stopped in the end.
func (w *worker) serve(t *testing.T, s *scriptedSession, h handlerFunc) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &served{stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.end, r.health, r.err = aion.Serve(ctx, s, h, w.executions, w.tracker, w.cfg)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	synctest.Wait()

	return r
}

// breakStream ends the stream of s by a fault.
func breakStream(s *scriptedSession, r *served) {
	s.Close(io.ErrUnexpectedEOF)
	<-r.done
}
