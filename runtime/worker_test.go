package aion_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	aion "github.com/aion-go/aion/runtime"
)

// opener scripts what happens at each attempt to open a session.
type opener struct {
	began  time.Time
	script func(attempt int) (aion.Session, error)

	mu            sync.Mutex
	attempts      []time.Duration // When each attempt was made, since the start.
	registrations []aion.Registration
}

func (o *opener) open(_ context.Context, reg aion.Registration) (aion.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attempts = append(o.attempts, time.Since(o.began))
	o.registrations = append(o.registrations, reg)

	return o.script(len(o.attempts))
}

// running is a worker's Run in the background of a bubble.
type running struct {
	stop context.CancelFunc
	done chan struct{}
	err  error
}

func startWorker(t *testing.T, cfg aion.Config, o *opener, h handlerFunc) *running {
	t.Helper()

	return startDispatcher(t, cfg, o, h)
}

func startDispatcher(t *testing.T, cfg aion.Config, o *opener, dispatcher aion.Dispatcher) *running {
	t.Helper()
	cfg.Endpoint, cfg.MaxConcurrency = "engine:50051", cmp.Or(cfg.MaxConcurrency, 4)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	w, err := aion.NewWorker(cfg, dispatcher)
	if err != nil {
		t.Fatal(err)
	}
	o.began = time.Now()
	w.SetOpen(o.open)
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	synctest.Wait()

	return r
}

func refusal(code codes.Code, message string) error {
	return &aion.RegistrationError{
		Endpoint:  "engine:50051",
		TaskQueue: "payments",
		Code:      code,
		Message:   message,
	}
}

func TestRule7ReconnectsAtOnceThenWithBackoffAndGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := &opener{
			script: func(int) (aion.Session, error) {
				return nil, refusal(codes.Unavailable, "connection refused")
			},
		}
		r := startWorker(t, aion.Config{
			InitialBackoff: time.Second, MaxBackoff: 4 * time.Second, MaxAttempts: 6,
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}, o, done)
		<-r.done
		if len(o.attempts) != 6 {
			t.Fatalf("got %d attempts, want 6", len(o.attempts))
		}
		longest := []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second}
		for i, want := range longest {
			wait := o.attempts[i+1] - o.attempts[i]
			if wait > want || wait < want/2 {
				t.Errorf("got a wait of %s before attempt %d, want %s to %s", wait, i+2, want/2, want)
			}
		}
		var refused *aion.RegistrationError
		if !errors.As(r.err, &refused) || !strings.Contains(r.err.Error(), "gave up after 6 attempts") ||
			!strings.Contains(r.err.Error(), "connection refused") {
			t.Errorf("got %v, want the last error and the number of attempts", r.err)
		}
		if got := strings.Count(log.String(), "no session with the engine"); got != 5 {
			t.Errorf("got %d log lines about attempts, want one for each that is followed by another", got)
		}
		for _, want := range []string{
			"endpoint=engine:50051", "wait=", "connect_attempt=5", "connection refused",
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, &log)
			}
		}
	})
}

func TestRule7ADenialEndsRunWithTheEnginesWords(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := &opener{
					script: func(int) (aion.Session, error) { return nil, refusal(code, "token expired") },
				}
				r := startWorker(t, aion.Config{}, o, done)
				<-r.done
				var refused *aion.RegistrationError
				if !errors.As(r.err, &refused) || refused.Code != code ||
					refused.Message != "token expired" {
					t.Fatalf("got %v, want the engine's code and words", r.err)
				}
				if len(o.attempts) != 1 {
					t.Errorf("got %d attempts, want 1", len(o.attempts))
				}
			})
		})
	}
}

func TestRule7AContractMismatchIsLoggedInFullAndRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		mismatch := "WORKER_CONTRACT_MISMATCH: action charge: " + strings.Repeat("x", 5000) + " end"
		s := newSession()
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt < 3 {
				return nil, refusal(codes.FailedPrecondition, mismatch)
			}

			return s, nil
		}}
		startWorker(t, aion.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, o, done)
		time.Sleep(time.Minute)
		s.deliver(task(1))
		if len(s.sent(aion.FrameResult)) != 1 {
			t.Fatal("the worker does not serve after the deployment fits")
		}
		if got := strings.Count(log.String(), mismatch); got != 2 {
			t.Errorf("got the engine's text %d times in the log, want 2", got)
		}
	})
}

func TestRule7ASessionThatReportedResetsTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Every session reports one task and breaks: with MaxAttempts 2 the
		// worker would give up at the second one without the reset.
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt > 20 {
				return nil, refusal(codes.PermissionDenied, "enough")
			}
			s, n := newSession(), uint64(attempt)
			s.onSend = func(f aion.Frame) {
				if f.Kind == aion.FrameResult {
					s.events <- ack(n)
					s.events <- aion.Event{Kind: aion.EventPing}
				}
				if f.Kind == aion.FrameLivenessAnswer {
					s.Close(io.ErrUnexpectedEOF)
				}
			}
			s.events <- task(n)

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxAttempts: 2}, o, done)
		<-r.done
		if len(o.attempts) != 21 || o.attempts[20] != 0 {
			t.Fatalf(
				"got %d attempts until %s, want 21 at once",
				len(o.attempts),
				o.attempts[len(o.attempts)-1],
			)
		}
	})
}

func TestRule7AResultThatBreaksEveryStreamIsNotSentInATightLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &opener{script: func(attempt int) (aion.Session, error) {
			s := newSession()
			if attempt == 1 {
				s.events <- task(1)
			}
			s.onSend = func(f aion.Frame) {
				if f.Kind == aion.FrameResult {
					s.Close(io.ErrUnexpectedEOF)
				}
			}

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxAttempts: 5}, o, done)
		<-r.done
		if len(o.attempts) != 5 || o.attempts[4] < time.Second {
			t.Fatalf("got sessions at %v, want 5 with waits", o.attempts)
		}
	})
}

func TestRule7AShortSessionThatReportedNothingCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &opener{script: func(int) (aion.Session, error) {
			s := newSession()
			s.Close(io.ErrUnexpectedEOF)

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxAttempts: 4}, o, done)
		<-r.done
		if len(o.attempts) != 4 || !errors.Is(r.err, io.ErrUnexpectedEOF) {
			t.Fatalf("got %d attempts and %v, want 4 and the stream's error", len(o.attempts), r.err)
		}
	})
}

func TestRule7ASessionThatOutlivedTheLongestBackoffResetsTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt > 10 {
				return nil, refusal(codes.PermissionDenied, "enough")
			}
			s := newSession()
			time.AfterFunc(6*time.Second, func() { s.Close(io.ErrUnexpectedEOF) })

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxAttempts: 2, MaxBackoff: 5 * time.Second}, o, done)
		<-r.done
		if len(o.attempts) != 11 {
			t.Fatalf("got %d attempts, want 11", len(o.attempts))
		}
	})
}

func TestRule7ADrainCostsNothingAndIsNoTightLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt > 10 {
				return nil, refusal(codes.PermissionDenied, "enough")
			}
			s := newSession()
			s.events <- aion.Event{Kind: aion.EventDrain}

			return s, nil
		}}
		r := startWorker(t, aion.Config{MaxAttempts: 2}, o, done)
		<-r.done
		if len(o.attempts) != 11 {
			t.Fatalf("got %d attempts, want 11: a drain costs none", len(o.attempts))
		}
		if o.attempts[1] != 0 || o.attempts[10] < 10*time.Second {
			t.Errorf("got attempts at %v, want the first reconnect at once and then waits", o.attempts)
		}
	})
}

func TestRule8RunStopsWhatRunsOnBehalfOfALostStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		o := &opener{script: func(attempt int) (aion.Session, error) {
			if attempt == 1 {
				return s, nil
			}

			return nil, refusal(codes.Unavailable, "gone")
		}}
		var cause error
		var cancelledAt time.Time
		r := startWorker(
			t,
			aion.Config{MaxAttempts: -1},
			o,
			func(ctx context.Context, _ *aion.Task) aion.Outcome {
				<-ctx.Done()
				cause, cancelledAt = context.Cause(ctx), time.Now()

				return aion.Failed(ctx, ctx.Err())
			},
		)
		s.deliver(task(1))
		s.Close(io.ErrUnexpectedEOF)
		time.Sleep(time.Minute)
		stopped := time.Now()
		r.stop()
		<-r.done
		if r.err != nil {
			t.Fatalf("got %v, want nil after a stop", r.err)
		}
		if !errors.Is(cause, aion.ErrWorkerStopping) || cancelledAt.Sub(stopped) != aion.DefaultStopGrace {
			t.Fatalf(
				"got cause %v after %s, want worker stopping after the grace",
				cause,
				cancelledAt.Sub(stopped),
			)
		}
	})
}

func TestRule8RunReturnsNilThoughAHandlerIsDeaf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, g := newSession(), newGate(t)
		o := &opener{script: func(int) (aion.Session, error) { return s, nil }}
		r := startWorker(t, aion.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, o, g.run)
		s.deliver(task(1))
		began := time.Now()
		r.stop()
		<-r.done
		if took := time.Since(began); r.err != nil || took != aion.DefaultStopTimeout {
			t.Fatalf("got %v after %s, want nil after the whole StopTimeout", r.err, took)
		}
		if !strings.Contains(log.String(), "activity still runs") ||
			!strings.Contains(log.String(), "workflow_id=w") {
			t.Errorf("the log does not name what still runs:\n%s", &log)
		}
	})
}

func TestRule11RunReturnsWhileAnAttemptToConnectHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, err := aion.NewWorker(aion.Config{
			Endpoint: "engine:1", MaxConcurrency: 1, Logger: slog.New(slog.DiscardHandler),
		}, handlerFunc(done))
		if err != nil {
			t.Fatal(err)
		}
		w.SetOpen(func(ctx context.Context, _ aion.Registration) (aion.Session, error) {
			<-ctx.Done()

			return nil, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Fatalf("got %v, want nil", err)
		}
		if err := w.Run(ctx); err == nil {
			t.Fatal("got nil from a second Run, want an error")
		}
	})
}

func TestOneLinkThatFailsStopsTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, err := aion.NewWorker(aion.Config{
			Endpoint: "first:1,second:2", MaxConcurrency: 1, Logger: slog.New(slog.DiscardHandler),
		}, handlerFunc(done))
		if err != nil {
			t.Fatal(err)
		}
		sessions := make(chan *scriptedSession, 2)
		sessions <- newSession()
		w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) {
			select {
			case s := <-sessions:
				return s, nil
			default:
				return nil, refusal(codes.PermissionDenied, "namespace")
			}
		})
		var refused *aion.RegistrationError
		if err := w.Run(t.Context()); !errors.As(err, &refused) {
			t.Fatalf("got %v, want the denial", err)
		}
	})
}

func TestNewWorkerReportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	good := aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 1}
	for name, tt := range map[string]struct {
		cfg         aion.Config
		dispatchers []aion.Dispatcher
		want        []string
	}{
		"nothing": {
			aion.Config{},
			nil,
			[]string{"Endpoint is empty", "MaxConcurrency is 0", "no dispatcher", "AION_WORKER_CONCURRENCY"},
		},
		"values": {
			aion.Config{
				Endpoint: "localhost", MaxConcurrency: -1,
				StopGrace: -1, StopTimeout: -1, ActivityTimeout: -1, HeapBallast: 1<<30 + 1,
				InitialBackoff: time.Minute, MaxBackoff: time.Second,
			},
			[]aion.Dispatcher{handlerFunc(done)},
			[]string{
				`Endpoint has "localhost"`, "MaxConcurrency is -1", "StopGrace is -1ns", "StopTimeout",
				"ActivityTimeout", "HeapBallast is 1073741825",
				"longer than MaxBackoff",
			},
		},
		"endpoint twice": {
			aion.Config{Endpoint: "http://a:1, a:1", MaxConcurrency: 1},
			[]aion.Dispatcher{handlerFunc(done)},
			[]string{"names a:1 twice"},
		},
		"nil dispatcher": {
			good,
			[]aion.Dispatcher{nil, handlerFunc(nil)},
			[]string{"dispatcher 1 of 2", "dispatcher 2 of 2"},
		},
		"one type twice": {
			good,
			[]aion.Dispatcher{handlerFunc(done), handlerFunc(done)},
			[]string{`"charge" is served twice`},
		},
		"no task queue": {good, []aion.Dispatcher{namelessQueue{}}, []string{"no task queue"}},
		"nil function": {
			good,
			[]aion.Dispatcher{aion.NewFuncDispatcher[message, message](greetSpec, nil)},
			[]string{"is nil"},
		},
		"nil pointer": {
			good,
			[]aion.Dispatcher{greeterDispatcher((*greeter)(nil))},
			[]string{"the implementation is nil"},
		},
		"nil interface": {
			good,
			[]aion.Dispatcher{greeterDispatcher(nil)},
			[]string{"the implementation is nil"},
		},
		"no such endpoint": {
			aion.Config{Endpoint: "https://", MaxConcurrency: 1},
			[]aion.Dispatcher{handlerFunc(done)},
			[]string{"want host:port"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := aion.NewWorker(tt.cfg, tt.dispatchers...)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

type namelessQueue struct{ handlerFunc }

func (namelessQueue) TaskQueue() string { return "" }

func TestConfigFromEnv(t *testing.T) {
	t.Setenv("AION_WORKER_ENDPOINT", "http://127.0.0.1:50051")
	t.Setenv("AION_WORKER_NAMESPACE", "shop")
	t.Setenv("AION_WORKER_IDENTITY", "till-1")
	t.Setenv("AION_WORKER_CONCURRENCY", "64")
	t.Setenv("AION_RECONNECT_INITIAL_BACKOFF_SECONDS", "0.5")
	t.Setenv("AION_RECONNECT_MAX_BACKOFF_SECONDS", "5")
	t.Setenv("AION_RECONNECT_MAX_ATTEMPTS", "-1")
	t.Setenv("AION_TOKEN", "secret")
	got, err := aion.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	token, err := got.Token(t.Context())
	if err != nil || token != "secret" {
		t.Errorf("got token %q, %v", token, err)
	}
	got.Token = nil
	want := aion.Config{
		Endpoint: "http://127.0.0.1:50051", Namespace: "shop", Identity: "till-1", MaxConcurrency: 64,
		InitialBackoff: 500 * time.Millisecond, MaxBackoff: 5 * time.Second, MaxAttempts: -1,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestConfigFromEnvReportsAllMistakesAtOnce(t *testing.T) {
	t.Setenv("AION_WORKER_CONCURRENCY", "0")
	t.Setenv("AION_RECONNECT_INITIAL_BACKOFF_SECONDS", "1s")
	t.Setenv("AION_RECONNECT_MAX_BACKOFF_SECONDS", "NaN")
	t.Setenv("AION_RECONNECT_MAX_ATTEMPTS", "many")
	_, err := aion.ConfigFromEnv()
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`AION_WORKER_CONCURRENCY is "0"`, `INITIAL_BACKOFF_SECONDS is "1s"`, `MAX_BACKOFF_SECONDS is "NaN"`,
		`MAX_ATTEMPTS is "many"`, "want seconds",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
}
