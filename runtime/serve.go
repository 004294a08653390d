package aion

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
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
	ActivityTimeout time.Duration
	StopGrace       time.Duration
	StopTimeout     time.Duration
	Logger          *slog.Logger
}

const (
	// closeTimeout bounds the wait for the engine's end of a stream that the
	// worker has ended.
	closeTimeout = time.Second
	// drainWindows is how many heartbeat windows a drained stream waits for its
	// last acks.
	drainWindows = 2
)

var (
	errServeEnded  = errors.New("the worker has ended the stream")
	errSendTimeout = errors.New("the engine took no frame for a heartbeat window")
)

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
	tracker.detach(s.outbox)

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
	received chan struct{} // Closed when the receiver has ended; endErr is set before.
	endErr   error
	deadline *sendDeadline // The sender's own.

	held     map[*execution]struct{} // Owned by Executions: what runs or waits on this stream's behalf.
	stopping bool                    // Owned by Executions: nothing new is started.
	over     error                   // Owned by Executions: why all that is held is cancelled; nil before.
	gone     bool                    // Owned by Executions: the stream has ended.
}

func newStream(
	ctx context.Context, session Session, dispatcher Dispatcher,
	executions *Executions, tracker *Tracker, cfg ServeConfig,
) *stream {
	cfg.StopTimeout = orDefault(cfg.StopTimeout, DefaultStopTimeout)
	cfg.StopGrace = min(orDefault(cfg.StopGrace, DefaultStopGrace), cfg.StopTimeout)
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
		held:     map[*execution]struct{}{},
	}
}

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
	s.executions.stopStream(s)
	for !s.settled() {
		select {
		case <-s.changed:
		case <-s.received:
			return ShutDown
		case <-disturb.C:
			s.executions.cancelHeld(s, ErrWorkerStopping)
		case <-over.C:
			return ShutDown
		}
	}

	return s.leave(ShutDown, over.C)
}

// settled reports whether the stream owes the engine nothing but refusals.
func (s *stream) settled() bool {
	return s.executions.running(s) == 0 && s.tracker.outstanding(s.outbox) == 0
}

// leave says good-bye: what is in the outbox is sent, then the send side ends
// and the engine is given a moment to end the stream, no longer than until over.
func (s *stream) leave(end ServeEnd, over <-chan time.Time) ServeEnd {
	s.executions.refuseWaiting(s)
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

// notify wakes supervise up.
func (s *stream) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// refuse hands a task back.
func (s *stream) refuse(task Task, reason string) {
	s.outbox.putUrgent(
		Frame{Kind: FrameRefusal, Key: task.key(), Token: task.CompletionToken, Reason: reason},
	)
}

// receive reads the stream until its end. Nothing that it does waits: neither
// for a slot, nor for a handler, nor for a send.
func (s *stream) receive() {
	defer close(s.received)
	for {
		event, err := s.session.Receive()
		if err != nil {
			s.endErr = err

			return
		}
		s.handle(event)
	}
}

func (s *stream) handle(event Event) {
	switch event.Kind {
	case EventTask:
		if s.executions.deliver(s, event.Task) {
			s.log.Debug("task adopted", taskAttrs(&event.Task)...)
		}
	case EventMalformedTask:
		s.log.Error("malformed task", append(taskAttrs(&event.Task), "reason", event.Reason)...)
		s.rejectTask(event.Task, event.Reason)
	case EventCancel:
		s.executions.cancelActivity(s, event.Key)
	case EventDrain:
		if !s.isDraining() {
			close(s.draining)
		}
	case EventAck:
		if token, ok := s.tracker.acknowledge(s.outbox, event.Key); ok {
			s.executions.acknowledged(s, event.Key, token)
			s.notify()
		}
	case EventPing:
		s.outbox.putUrgent(Frame{Kind: FrameLivenessAnswer, Ping: event.Ping})
	case EventInvalid:
		s.log.Warn("frame dropped", "reason", event.Reason)
	default:
		s.log.Warn("frame dropped", "reason", "unknown kind of event")
	}
}

// rejectTask answers a task that makes no sense.
func (s *stream) rejectTask(task Task, reason string) {
	s.tracker.record(Frame{
		Kind:    FrameResult,
		Key:     task.key(),
		RunID:   task.RunID,
		Token:   task.CompletionToken,
		Outcome: sendable(&task, terminal("malformed task: %s", reason)),
	}, s.outbox)
}

// send owns the send side of the stream. A quarter of the window is the beat:
// one frame for the connection and one for each task that the stream holds.
func (s *stream) send() {
	window := s.registered.HeartbeatWindow
	beat := time.NewTicker(max(window/4, time.Millisecond))
	defer beat.Stop()
	progress := time.NewTicker(max(progressInterval(window), time.Millisecond))
	defer progress.Stop()
	s.deadline = newSendDeadline(func() { s.session.Close(errSendTimeout) })
	for {
		var err error
		select {
		case <-s.received:
			return
		case <-beat.C:
			err = s.sendBeats()
		case <-progress.C:
			err = s.sendAll(s.executions.beatsOf(s, progressInterval(window), false))
		case <-s.outbox.ready:
			err = s.sendOutbox(beat.C)
		}
		if err == nil && s.outbox.drained() {
			_ = s.session.CloseSend() // What it could tell, the receiver hears too.
			<-s.received

			return
		}
		if errors.Is(err, io.EOF) {
			<-s.received // The receiver hears why the engine ended the stream.

			return
		}
		if err != nil {
			s.session.Close(err)

			return
		}
	}
}

// sendBeats sends the beat, and again what has been without an ack for a window.
func (s *stream) sendBeats() error {
	if err := s.sendFrame(Frame{Kind: FrameHeartbeat}); err != nil {
		return err
	}
	window := s.registered.HeartbeatWindow
	s.tracker.resend(s.outbox, time.Now().Add(-s.ackPatience()))

	return s.sendAll(s.executions.beatsOf(s, progressInterval(window), true))
}

// ackPatience is how long a result may be without an ack before it is sent
// again. A worker that stops has less time than a window.
func (s *stream) ackPatience() time.Duration {
	if s.executions.isStopping(s) {
		return s.registered.HeartbeatWindow / 4
	}

	return s.registered.HeartbeatWindow
}

func (s *stream) sendAll(frames []Frame) error {
	for _, f := range frames {
		if err := s.sendFrame(f); err != nil {
			return err
		}
	}

	return nil
}

// sendOutbox sends what is there. A long backlog does not hold up the beat.
func (s *stream) sendOutbox(beat <-chan time.Time) error {
	for {
		select {
		case <-beat:
			if err := s.sendBeats(); err != nil {
				return err
			}
		default:
		}
		if f, ok := s.outbox.takeUrgent(); ok {
			if err := s.sendFrame(f); err != nil {
				return err
			}

			continue
		}
		p, ok := s.outbox.takeResult()
		if !ok {
			return nil
		}
		if f, ok := s.tracker.send(s.outbox, p); ok {
			if err := s.sendFrame(f); err != nil {
				return err
			}
		}
	}
}

// sendFrame sends one frame. The session is closed when that takes longer than
// a window: by then the engine has given the worker up.
func (s *stream) sendFrame(f Frame) error {
	s.deadline.arm(s.registered.HeartbeatWindow)
	defer s.deadline.disarm()

	return s.session.Send(f)
}

// sendDeadline calls a function when a send takes too long. It belongs to the
// sender.
type sendDeadline struct {
	once  sync.Once
	timer *time.Timer
	done  chan struct{} // Closed when the function has returned.
}

func newSendDeadline(expired func()) *sendDeadline {
	d := &sendDeadline{done: make(chan struct{})}
	d.timer = time.AfterFunc(time.Hour, func() {
		defer d.once.Do(func() { close(d.done) })
		expired()
	})
	d.timer.Stop()

	return d
}

func (d *sendDeadline) arm(timeout time.Duration) { d.timer.Reset(timeout) }

// disarm waits for the function when it has been started.
func (d *sendDeadline) disarm() {
	if !d.timer.Stop() {
		<-d.done
	}
}
