package aion

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// ServeEnd says why Serve returned.
type ServeEnd uint8

const (
	// ShutDown says that the context ended and the worker has stopped.
	ShutDown ServeEnd = iota + 1
	// Drained says that the engine asked for a drain and has been given all
	// outcomes, or ended the stream meanwhile.
	Drained
	// StreamClosed says that the stream ended by itself.
	StreamClosed
)

// String returns the end as logs write it.
func (e ServeEnd) String() string {
	switch e {
	case ShutDown:
		return "shut down"
	case Drained:
		return "drained"
	case StreamClosed:
		return "stream closed"
	default:
		return "unknown"
	}
}

// SessionHealth is what a session has been good for. It decides whether the
// next attempt to connect counts as one more in a row.
type SessionHealth struct {
	// Reported is the number of outcomes that the engine has acknowledged.
	Reported int
	// Ended is when the stream ended, before any wait for handlers.
	Ended time.Time
	// Drained reports that the engine asked for a drain.
	Drained bool
}

// ServeConfig configures Serve. The zero value of each field is the default of
// the field of the same name in Config.
type ServeConfig struct {
	MaxUnacknowledged      int
	MaxUnacknowledgedBytes int
	ActivityTimeout        time.Duration
	StopGrace              time.Duration
	StopTimeout            time.Duration
	Observer               Observer
	RedactLog              func(text string) string
	Logger                 *slog.Logger
}

const (
	// closeTimeout bounds the wait for the engine's end of a stream that the
	// worker has ended.
	closeTimeout = time.Second
	// drainWindows is how many heartbeat windows a drained stream waits for its
	// last acks.
	drainWindows = 2
)

var errServeEnded = errors.New("the worker has ended the stream")

// Serve runs one session until its stream ends, the engine drains it, or ctx
// ends; then it stops as Config.StopGrace and Config.StopTimeout say. It owns
// the session and closes it. Handlers never hold up its return: what still runs
// stays in executions, and outcomes without an ack stay in tracker, for the
// next session of the same engine server. The error is the stream's, with
// StreamClosed only.
func Serve(
	ctx context.Context, session Session, dispatcher Dispatcher,
	executions *Executions, tracker *Tracker, cfg ServeConfig,
) (ServeEnd, SessionHealth, error) {
	s := newStream(ctx, session, dispatcher, executions, tracker, cfg)
	executions.attach(s)
	tracker.attach(s.outbox)
	var loops sync.WaitGroup
	loops.Go(s.receive)
	loops.Go(s.send)
	end, err := s.supervise(ctx)
	session.Close(errServeEnded)
	loops.Wait()
	s.outbox.end()
	health := SessionHealth{
		Reported: tracker.reported(s.outbox),
		Ended:    time.Now(),
		Drained:  s.isDraining(),
	}
	executions.detach(s)

	return end, health, err
}

// stream is the state of one Serve.
type stream struct {
	session    Session
	registered Registered
	dispatcher Dispatcher
	executions *Executions
	tracker    *Tracker
	outbox     *outbox
	cfg        ServeConfig
	log        *slog.Logger
	base       context.Context //nolint:containedctx // What handlers' contexts are made from; it never ends.

	changed  chan struct{} // Capacity 1: something that supervise waits for may have happened.
	draining chan struct{} // Closed by the receiver at the first drain request.
	began    time.Time
	beaten   atomic.Int64  // The age of the stream when the last beat was sent; 0 before.
	answered atomic.Int64  // Its age when the last ping was answered; 0 before.
	received chan struct{} // Closed when the receiver has ended; endErr is set before.
	endErr   error
	deadline *sendDeadline // The sender's own.

	held     bag     // Owned by Executions: what runs or waits on this stream's behalf.
	stopping bool    // Owned by Executions: nothing new is started.
	over     error   // Owned by Executions: why all that is held is cancelled; nil before.
	leaving  bool    // Owned by Executions: what waits is not handed back any more.
	freed    instant // Owned by Executions: when the engine last got a slot back.
	gone     bool    // Owned by Executions: the stream has ended.
}

func newStream(
	ctx context.Context, session Session, dispatcher Dispatcher,
	executions *Executions, tracker *Tracker, cfg ServeConfig,
) *stream {
	cfg.StopGrace, cfg.StopTimeout = stopTimes(cfg.StopGrace, cfg.StopTimeout)
	cfg.MaxUnacknowledged = orDefault(cfg.MaxUnacknowledged, DefaultMaxUnacknowledged)
	cfg.MaxUnacknowledgedBytes = orDefault(cfg.MaxUnacknowledgedBytes, DefaultMaxUnacknowledgedBytes)
	if cfg.Observer == nil {
		cfg.Observer = NopObserver{}
	}
	registered := session.Registered()
	if registered.HeartbeatWindow <= 0 {
		registered.HeartbeatWindow = defaultWindow
	}

	return &stream{
		session:    session,
		registered: registered,
		dispatcher: dispatcher,
		executions: executions,
		tracker:    tracker,
		outbox:     newOutbox(),
		cfg:        cfg,
		log: orDefault(cfg.Logger, slog.Default()).With("endpoint", registered.Server,
			"task_queue", registered.TaskQueue, "worker_id", registered.WorkerID),
		base:     context.WithoutCancel(ctx),
		changed:  make(chan struct{}, 1),
		draining: make(chan struct{}),
		received: make(chan struct{}),
		held:     bag{number: bagHeld},
		began:    time.Now(),
	}
}

// age is how long the stream has been served, at least 1 ns.
func (s *stream) age() time.Duration { return max(time.Since(s.began), 1) }

// supervise waits for the end of the stream and brings it about.
func (s *stream) supervise(ctx context.Context) (ServeEnd, error) {
	select {
	case <-ctx.Done():
		return s.stop(), nil
	case <-s.received:
		return s.closed()
	case <-s.draining:
		s.log.Info("the engine drains this worker", "held", s.executions.holding(s))
	}
	var acks <-chan time.Time
	for {
		idle := s.executions.holding(s) == 0
		if idle && s.tracker.outstanding(s.outbox) == 0 {
			return s.leave(Drained, nil), nil
		}
		if idle && acks == nil {
			timer := time.NewTimer(drainWindows * s.registered.HeartbeatWindow)
			defer timer.Stop()
			acks = timer.C
		}
		select {
		case <-ctx.Done():
			return s.stop(), nil
		case <-s.received:
			return s.closed()
		case <-acks:
			return s.leave(Drained, nil), nil
		case <-s.changed:
		}
	}
}

// stop ends the stream because the worker stops.
func (s *stream) stop() ServeEnd {
	over := time.NewTimer(s.cfg.StopTimeout)
	defer over.Stop()
	disturb := time.NewTimer(s.cfg.StopGrace)
	defer disturb.Stop()
	lull := time.NewTimer(s.cfg.StopTimeout)
	defer lull.Stop()
	s.executions.stopStream(s)
	for {
		if s.settled() {
			wait := s.executions.untilLull(s)
			if wait <= 0 {
				return s.leave(ShutDown, over.C)
			}
			lull.Reset(wait)
		}
		select {
		case <-s.changed:
		case <-lull.C:
		case <-s.received:
			return ShutDown
		case <-disturb.C:
			s.executions.cancelHeld(s, ErrWorkerStopping)
		case <-over.C:
			return ShutDown
		}
	}
}

// settled reports whether the stream owes the engine nothing but refusals.
func (s *stream) settled() bool {
	return s.executions.running(s) == 0 && s.tracker.outstanding(s.outbox) == 0
}

// leave says good-bye: what is in the outbox is sent, then the send side ends
// and the engine is given a moment to end the stream, no longer than until over.
// What waits goes back with the stream: its slots, if they were handed back
// first, would be offered tasks at the very moment of the end.
func (s *stream) leave(end ServeEnd, over <-chan time.Time) ServeEnd {
	s.outbox.close()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-s.received:
	case <-timer.C:
	case <-over:
	}

	return end
}

// closed is the end of a stream that ended by itself.
func (s *stream) closed() (ServeEnd, error) {
	if s.isDraining() {
		return Drained, nil
	}
	if errors.Is(s.endErr, io.EOF) {
		return StreamClosed, errEngineClosed
	}

	return StreamClosed, s.endErr
}

var errEngineClosed = errors.New("the engine has ended the stream")

func (s *stream) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// holdUp says why the stream starts no task, whatever slots are free; empty when
// it does. The caller holds the lock of Executions.
func (s *stream) holdUp() RefusalReason {
	switch {
	case s.stopping:
		return RefusedForStop
	case s.tracker.exceeds(s.cfg.MaxUnacknowledged, s.cfg.MaxUnacknowledgedBytes):
		return RefusedForUnacknowledged
	default:
		return ""
	}
}

// notify wakes supervise up.
func (s *stream) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
