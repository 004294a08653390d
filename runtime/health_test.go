package aion_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aion "github.com/aion-go/aion/runtime"
)

func quietConfig() aion.Config {
	return aion.Config{
		Endpoint: "engine:50051", MaxConcurrency: 1, Logger: slog.New(slog.DiscardHandler),
	}
}

// patient is a worker whose health is looked at.
type patient struct {
	t *testing.T
	w *aion.Worker
}

// want asks both probes.
func (p patient) want(step string, live, ready bool, problem string) {
	p.t.Helper()
	synctest.Wait()
	for path, ok := range map[string]bool{"/livez": live, "/health/readyz": ready} {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, path, http.NoBody)
		p.w.HealthHandler().ServeHTTP(recorder, request)
		status, body := http.StatusOK, "ok\n"
		if !ok {
			status, body = http.StatusServiceUnavailable, problem
		}
		if got := recorder.Body.String(); recorder.Code != status || !strings.Contains(got, body) {
			p.t.Errorf("%s: %s: got status %d and %q, want %d and %q in it",
				step, path, recorder.Code, got, status, body)
		}
	}
}

func TestHealthFollowsTheWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second := newSession(), newSession()
		sessions := []*scriptedSession{nil, nil, first, nil, second}
		w, err := aion.NewWorker(quietConfig(), handlerFunc(done))
		if err != nil {
			t.Fatal(err)
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) {
			s := sessions[0]
			sessions = sessions[1:]
			if s == nil {
				return nil, refusal(codes.Unavailable, "away")
			}

			return s, nil
		})
		p := patient{t, w}
		p.want("before the start", false, false, "has not been started")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		p.want("engine away", true, false, `task queue "payments": no stream is registered`)
		time.Sleep(2 * time.Second)
		p.want("registered", true, true, "")
		time.Sleep(3 * window)
		p.want("engine that does not ping", true, true, "")
		first.deliver(aion.Event{Kind: aion.EventPing, Ping: 1})
		p.want("pinged", true, true, "")
		time.Sleep(window + time.Second)
		p.want("no further ping", true, false, "has not pinged for a heartbeat window")
		first.deliver(aion.Event{Kind: aion.EventPing, Ping: 2})
		p.want("pinged again", true, true, "")
		first.Close(io.ErrUnexpectedEOF)
		p.want("connection lost", true, false, "no stream is registered")
		time.Sleep(2 * time.Second)
		p.want("registered again", true, true, "")
		second.deliver(task(1))
		stop()
		p.want("stopping", true, false, "the worker stops")
		second.deliver(ack(1))
		if err := <-ended; err != nil {
			t.Error(err)
		}
		p.want("stopped", false, false, "has stopped")
	})
}

func TestOneFitStreamOfAQueueIsEnoughToBeReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sessions := []*scriptedSession{newSession(), newSession(), newSession()}
		cfg := quietConfig()
		cfg.MaxConcurrency, cfg.StreamConcurrency = 3, 1
		w, err := aion.NewWorker(cfg, handlerFunc(done))
		if err != nil {
			t.Fatal(err)
		}
		opened := make(chan *scriptedSession, len(sessions))
		for _, s := range sessions {
			opened <- s
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) { return <-opened, nil })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		sessions[0].deliver(aion.Event{Kind: aion.EventPing})
		sessions[2].deliver(aion.Event{Kind: aion.EventPing})
		time.Sleep(window + time.Second)
		patient{t, w}.want("one fit stream", true, true, "")
		stop()
		<-ended
	})
}

func TestADrainedWorkerIsNotReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newSession(), newGate(t)
		w, err := aion.NewWorker(quietConfig(), handlerFunc(g.run))
		if err != nil {
			t.Fatal(err)
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) { return s, nil })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		s.deliver(task(1), aion.Event{Kind: aion.EventDrain})
		patient{t, w}.want("drained", true, false, "the engine drains the worker")
		stop()
		g.release()
		synctest.Wait()
		s.deliver(ack(1))
		<-ended
	})
}

func TestASenderThatStandsStillIsNotLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		deaf := &deafSession{s}
		w, err := aion.NewWorker(quietConfig(), handlerFunc(done))
		if err != nil {
			t.Fatal(err)
		}
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) { return deaf, nil })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		stuck := make(chan struct{})
		s.block(stuck)
		time.Sleep(3 * window)
		patient{t, w}.want("stuck", false, false, "no heartbeat was sent for")
		close(stuck)
		stop()
		<-ended
	})
}

// deafSession is one whose Send does not end with Close, as it should.
type deafSession struct{ *scriptedSession }

func (deafSession) Close(error) {}

func TestOtherPathsAreNoProbes(t *testing.T) {
	t.Parallel()
	w, err := aion.NewWorker(quietConfig(), handlerFunc(done))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	w.HealthHandler().ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNotFound {
		t.Errorf("got status %d, want 404", recorder.Code)
	}
}
