package aion_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

func TestRule1ASendHasOneWindowAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.block(make(chan struct{}))
		began := time.Now()
		s.deliver(aion.Event{Kind: aion.EventPing})
		<-r.done
		if took := time.Since(began); took != window {
			t.Errorf("the stream ended %s after a send that is stuck, want %s", took, window)
		}
	})
}

func TestRule1ASecondDrainRequestChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		r := w.serve(t, s, g.run)
		s.deliver(task(1), aion.Event{Kind: aion.EventDrain}, aion.Event{Kind: aion.EventDrain})
		if r.ended() {
			t.Fatal("the stream ended before its handler")
		}
		g.release()
		synctest.Wait()
		s.deliver(ack(1))
		<-r.done
		if r.end != aion.Drained || !r.health.Drained {
			t.Errorf("got %s with health %+v, want drained", r.end, r.health)
		}
	})
}

// stayingSession is one whose engine does not end the stream when the worker
// does.
type stayingSession struct{ *scriptedSession }

func (stayingSession) CloseSend() error { return nil }

func TestRule8TheGoodByeIsWithinStopTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s, g := newWorker(1), newSession(), newGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _, _ = aion.Serve(ctx, stayingSession{s}, handlerFunc(g.run),
				w.executions, w.tracker, w.cfg)
		}()
		s.deliver(task(1))
		began := time.Now()
		cancel()
		time.Sleep(aion.DefaultStopTimeout - time.Millisecond)
		g.release()
		synctest.Wait()
		s.deliver(ack(1))
		<-ended
		if took := time.Since(began); took != aion.DefaultStopTimeout {
			t.Errorf("the stop took %s, want StopTimeout", took)
		}
	})
}

// stubbornSession takes each frame, but only after two windows, closed or not.
type stubbornSession struct{ *scriptedSession }

func (stubbornSession) Send(aion.Frame) error {
	time.Sleep(2 * window)

	return nil
}

func (s stubbornSession) Receive() (aion.Event, error) {
	time.Sleep(7 * window)

	return s.scriptedSession.Receive()
}

func TestRule1ASendMayExceedItsDeadlineMoreThanOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		end, _, err := aion.Serve(t.Context(), stubbornSession{s}, handlerFunc(done),
			w.executions, w.tracker, w.cfg)
		if end != aion.StreamClosed || err == nil {
			t.Errorf("got %s, %v, want a closed stream", end, err)
		}
	})
}

// cutSession is one whose sends end with io.EOF, as those of gRPC do once the
// engine has ended the stream; the reason is the receiver's to hear.
type cutSession struct{ *scriptedSession }

func (s cutSession) Send(aion.Frame) error {
	time.AfterFunc(time.Second, func() { s.Close(errCut) })

	return io.EOF
}

var errCut = errors.New("lease expired")

func TestTheReasonOfAStreamsEndIsTheEngines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		s.events <- aion.Event{Kind: aion.EventPing}
		_, _, err := aion.Serve(t.Context(), cutSession{s}, handlerFunc(done), w.executions, w.tracker, w.cfg)
		if !errors.Is(err, errCut) {
			t.Errorf("got %v, want the reason that the receiver heard", err)
		}
	})
}

func TestRule8AWorkerThatStopsDoesNotWaitAWindowToResend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		r := w.serve(t, s, done)
		s.deliver(task(1))
		r.stop()
		time.Sleep(2 * window / 4)
		synctest.Wait()
		if got := len(s.sent(aion.FrameResult)); got < 2 {
			t.Errorf("got %d sends within half a window of a stop without an ack, want another one", got)
		}
	})
}
