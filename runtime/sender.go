package aion

import (
	"errors"
	"io"
	"sync"
	"time"
)

var errSendTimeout = errors.New("the engine took no frame for a heartbeat window")

// send owns the send side of the stream. A quarter of the window is the beat:
// one frame for the connection and one for each task that the stream holds.
func (s *stream) send() {
	window := s.registered.HeartbeatWindow
	beat := time.NewTicker(max(window/4, time.Millisecond))
	defer beat.Stop()
	progress := newProgressTimer(progressInterval(window))
	defer progress.timer.Stop()
	s.deadline = newSendDeadline(window, func() { s.session.Close(errSendTimeout) })
	for {
		var err error
		select {
		case <-s.received:
			return
		case due := <-beat.C:
			err = s.sendBeats(due)
		case <-progress.timer.C:
			progress.armed = false
			err = s.sendProgress()
		case <-s.outbox.ready:
			err = s.sendOutbox(beat.C)
			if s.outbox.takeExpected() {
				progress.arm()
			}
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

// sendBeats sends the beat that was due, and again what has been without an ack for
// a window.
func (s *stream) sendBeats(due time.Time) error {
	defer s.deadline.disarm()
	now := instantNow()
	if err := s.sendFrame(Frame{Kind: FrameHeartbeat}, now); err != nil {
		return err
	}
	window := s.registered.HeartbeatWindow
	s.executions.resend(s, now.add(-s.ackPatience()))
	frames, _ := s.executions.beatsOf(s, progressInterval(window), true)
	if err := s.sendAll(frames); err != nil {
		return err
	}
	s.beaten.Store(int64(s.age()))
	s.cfg.Observer.HeartbeatSent(s.registered, time.Since(due))

	return nil
}

// sendDueBeats sends the beat if one is due.
func (s *stream) sendDueBeats(beat <-chan time.Time) error {
	select {
	case due := <-beat:
		return s.sendBeats(due)
	default:
		return nil
	}
}

// sendProgress sends the progress whose time has come.
func (s *stream) sendProgress() error {
	frames, more := s.executions.beatsOf(s, progressInterval(s.registered.HeartbeatWindow), false)
	if more {
		s.outbox.expectProgress()
	}

	return s.sendAll(frames)
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
	defer s.deadline.disarm()
	for _, f := range frames {
		if err := s.sendFrame(f, instantNow()); err != nil {
			return err
		}
	}

	return nil
}

// sendOutbox sends what is there. A long backlog does not hold up the beat.
func (s *stream) sendOutbox(beat <-chan time.Time) error {
	defer s.deadline.disarm()
	lookedAt := instantNow()
	for now := lookedAt; ; now = instantNow() {
		if now.since(lookedAt) > s.registered.HeartbeatWindow/16 {
			lookedAt = now
			if err := s.sendDueBeats(beat); err != nil {
				return err
			}
		}
		f, p, ok := s.outbox.take()
		if !ok {
			return nil
		}
		if p != nil {
			f, ok = s.tracker.send(s.outbox, p, now)
		}
		if !ok {
			continue
		}
		if err := s.sendFrame(f, now); err != nil {
			return err
		}
	}
}

// sendFrame sends one frame, now. The session is closed when that takes longer than
// a window: by then the engine has given the worker up. The caller disarms the
// deadline when it sends no more.
func (s *stream) sendFrame(f Frame, now instant) error {
	s.deadline.arm(now)
	if err := s.session.Send(f); err != nil {
		return err
	}
	switch f.Kind { //nolint:exhaustive // The others are of no interest.
	case FrameRefusal:
		s.cfg.Observer.TaskRefused(s.registered, RefusalReason(f.Reason))
	case FrameLivenessAnswer:
		s.answered.Store(int64(s.age()))
	}

	return nil
}

// progressTimer is for progress that came too early. It belongs to the sender.
type progressTimer struct {
	timer    *time.Timer
	interval time.Duration
	armed    bool
}

func newProgressTimer(interval time.Duration) *progressTimer {
	p := &progressTimer{timer: time.NewTimer(time.Hour), interval: max(interval, time.Millisecond)}
	p.timer.Stop()

	return p
}

// arm makes the timer fire once the interval is over, unless it will sooner.
func (p *progressTimer) arm() {
	if !p.armed {
		p.armed = true
		p.timer.Reset(p.interval)
	}
}

// sendDeadline calls a function when a send takes too long. It belongs to the
// sender.
type sendDeadline struct {
	timeout time.Duration
	once    sync.Once
	timer   *time.Timer
	done    chan struct{} // Closed when the function has returned.
	armed   instant       // Zero when it is not.
}

func newSendDeadline(timeout time.Duration, expired func()) *sendDeadline {
	d := &sendDeadline{timeout: timeout, done: make(chan struct{})}
	d.timer = time.AfterFunc(time.Hour, func() {
		defer d.once.Do(func() { close(d.done) })
		expired()
	})
	d.timer.Stop()

	return d
}

// arm gives the send that follows the whole timeout, or a sixteenth less when
// others came just before it: setting the timer costs more than sending a frame
// from a backlog.
func (d *sendDeadline) arm(now instant) {
	if now.since(d.armed) > d.timeout/16 {
		d.armed = now
		d.timer.Reset(d.timeout)
	}
}

// disarm waits for the function when it has been started.
func (d *sendDeadline) disarm() {
	if d.armed == 0 {
		return
	}
	d.armed = 0
	if !d.timer.Stop() {
		<-d.done
	}
}
