package aion_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
)

// The service of these tests is written by hand as the plugin would write it.
type (
	message           = *wrapperspb.StringValue
	greeterActivities interface {
		Greet(ctx context.Context, in message) (message, error)
	}
	greeter struct {
		greet func(ctx context.Context, name string) (message, error)
	}
)

var greetSpec = aion.ActivitySpec{TaskQueue: "greeter", Type: "greet"}

func (g *greeter) Greet(ctx context.Context, in message) (message, error) {
	return g.greet(ctx, in.GetValue())
}

func hello(_ context.Context, name string) (message, error) {
	return wrapperspb.String("Hello, " + name + "!"), nil
}

func answering(out message, err error) func(context.Context, string) (message, error) {
	return func(context.Context, string) (message, error) { return out, err }
}

func greeterDispatcher(impl greeterActivities, opts ...aion.DispatcherOption) aion.Dispatcher {
	return aion.NewDispatcher("greeter", impl, opts, aion.NewMethod(greetSpec, greeterActivities.Greet))
}

func greetTask(input string) *aion.Task {
	return &aion.Task{Info: aion.Info{ActivityType: "greet", TaskQueue: "greeter"}, Input: []byte(input)}
}

func TestDispatchAnswersWithTheEncodedResultOrAFailure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		impl    func(context.Context, string) (message, error)
		task    *aion.Task
		result  string
		kind    aion.FailureKind
		failure string
	}{
		"result": {impl: hello, task: greetTask(`"Ada"`), result: `"Hello, Ada!"`},
		"unknown type": {
			impl: hello, task: &aion.Task{Info: aion.Info{ActivityType: "x", TaskQueue: "greeter"}},
			kind: aion.KindTerminal, failure: `"x" is not served on task queue "greeter", only greet`,
		},
		"bad input": {
			impl: hello, task: greetTask(`7`),
			kind: aion.KindTerminal, failure: `activity "greet": input: want string`,
		},
		"error": {
			impl: answering(nil, errors.New("busy")), task: greetTask(`""`),
			kind: aion.KindRetryable, failure: "busy",
		},
		"nil, nil": {
			impl: answering(nil, nil), task: greetTask(`""`),
			kind: aion.KindTerminal, failure: `activity "greet": output`,
		},
		"invalid UTF-8": {
			impl: answering(wrapperspb.String("\xff"), nil), task: greetTask(`""`),
			kind: aion.KindTerminal, failure: `activity "greet": output`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := greeterDispatcher(&greeter{tt.impl}).Dispatch(t.Context(), tt.task)
			if tt.failure == "" {
				if got.Failure != nil || string(got.Result) != tt.result {
					t.Fatalf("got %s, %v, want %s", got.Result, got.Failure, tt.result)
				}

				return
			}
			if got.Failure == nil || got.Failure.Kind != tt.kind ||
				!strings.Contains(got.Failure.Error(), tt.failure) {
				t.Fatalf("got %v, want %s with %q", got.Failure, tt.kind, tt.failure)
			}
		})
	}
}

func TestDispatcherAdvertisesItsContracts(t *testing.T) {
	t.Parallel()
	got := greeterDispatcher(&greeter{hello}).Activities()
	if len(got) != 1 || got[0].Type != "greet" || string(got[0].InputSchema) != `{"type":"string"}` ||
		string(got[0].OutputSchema) != `{"type":"string"}` {
		t.Fatalf("got %s", got)
	}
}

func TestFuncDispatcherServesOneActivity(t *testing.T) {
	t.Parallel()
	d := aion.NewFuncDispatcher(greetSpec, (&greeter{hello}).Greet)
	if got := d.Dispatch(t.Context(), greetTask(`"Ada"`)); string(got.Result) != `"Hello, Ada!"` {
		t.Fatalf("got %s, %v", got.Result, got.Failure)
	}
	if d.TaskQueue() != "greeter" || len(d.Activities()) != 1 {
		t.Fatalf("got queue %q with %d activities, want greeter with 1", d.TaskQueue(), len(d.Activities()))
	}
}

func TestInterceptorsWrapEachOtherInOrder(t *testing.T) {
	t.Parallel()
	var order []string
	named := func(name string) aion.Interceptor {
		return func(
			ctx context.Context, info aion.Info, in proto.Message, next aion.Next,
		) (proto.Message, error) {
			order = append(order, name+" before "+info.ActivityType)
			out, err := next(ctx, wrapperspb.String(in.(message).GetValue()+name))
			order = append(order, name+" after")

			return out, err
		}
	}
	d := greeterDispatcher(&greeter{hello}, aion.WithInterceptors(named("a"), named("b")))
	got := d.Dispatch(t.Context(), greetTask(`"Ada"`))
	if string(got.Result) != `"Hello, Adaab!"` {
		t.Errorf("got %s, %v", got.Result, got.Failure)
	}
	if fmt.Sprint(order) != "[a before greet b before greet b after a after]" {
		t.Errorf("got order %v", order)
	}
}

func TestAnInterceptorsMistakeIsATerminalFailure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		interceptor aion.Interceptor
		want        string
	}{
		"other input": {
			func(ctx context.Context, _ aion.Info, _ proto.Message, next aion.Next) (proto.Message, error) {
				return next(ctx, &emptypb.Empty{})
			}, "*emptypb.Empty as input",
		},
		"nil input": {
			func(ctx context.Context, _ aion.Info, _ proto.Message, next aion.Next) (proto.Message, error) {
				return next(ctx, nil)
			}, "<nil> as input",
		},
		"other output": {
			func(context.Context, aion.Info, proto.Message, aion.Next) (proto.Message, error) {
				return timestamppb.Now(), nil
			}, "google.protobuf.Timestamp",
		},
		"nil output": {
			func(context.Context, aion.Info, proto.Message, aion.Next) (proto.Message, error) {
				return nil, nil //nolint:nilnil // That is the mistake.
			}, "output",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := greeterDispatcher(&greeter{hello}, aion.WithInterceptors(tt.interceptor))
			got := d.Dispatch(t.Context(), greetTask(`"Ada"`))
			if got.Failure == nil || got.Failure.Kind != aion.KindTerminal ||
				!strings.Contains(got.Failure.Error(), tt.want) {
				t.Fatalf("got %s, %v, want terminal with %q", got.Result, got.Failure, tt.want)
			}
		})
	}
}

// What goes wrong in an interceptor is the activity's, as if its handler had done
// it.
func TestRule9AnInterceptorThatPanicsOrExitsFailsItsActivity(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault func()
		want  string
	}{
		"panics": {func() { panic("boom") }, "panicked: boom"},
		"exits":  {runtime.Goexit, "runtime.Goexit"},
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after the handler: %t", name, after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w, s := newWorker(1), newSession()
					d := greeterDispatcher(&greeter{hello}, aion.WithInterceptors(func(
						ctx context.Context, _ aion.Info, in proto.Message, next aion.Next,
					) (proto.Message, error) {
						if !after {
							tt.fault()
						}
						out, err := next(ctx, in)
						tt.fault()

						return out, err
					}))
					w.serve(t, s, d.Dispatch)
					e := task(1)
					e.Task.ActivityType, e.Task.TaskQueue = "greet", "greeter"
					e.Task.Input = []byte(`"Ada"`)
					s.deliver(e)
					got := s.sent(aion.FrameResult)
					if len(got) != 1 || got[0].Outcome.Failure == nil ||
						got[0].Outcome.Failure.Kind != aion.KindRetryable ||
						!strings.Contains(got[0].Outcome.Failure.Error(), tt.want) {
						t.Fatalf("got results %+v, want a retryable failure with %q", got, tt.want)
					}
					if got := w.executions.Running(); got != 0 {
						t.Errorf("got %d slots taken, want none", got)
					}
				})
			})
		}
	}
}

// executorFunc is an executor by hand.
type executorFunc func(ctx context.Context, activity aion.ActivitySpec, input []byte) ([]byte, error)

func (f executorFunc) Execute(
	ctx context.Context,
	activity aion.ActivitySpec,
	input []byte,
) ([]byte, error) {
	return f(ctx, activity, input)
}

func TestExecuteIsTypedAtBothEnds(t *testing.T) {
	t.Parallel()
	answer := func(result string, err error) executorFunc {
		return func(_ context.Context, activity aion.ActivitySpec, input []byte) ([]byte, error) {
			if activity != greetSpec || string(input) != `"Ada"` {
				return nil, fmt.Errorf("got %v with %s", activity, input)
			}

			return []byte(result), err
		}
	}
	out, err := aion.Execute[message](
		t.Context(),
		answer(`"Hello"`, nil),
		greetSpec,
		wrapperspb.String("Ada"),
	)
	if err != nil || out.GetValue() != "Hello" {
		t.Errorf("got %v, %v", out, err)
	}
	for name, tt := range map[string]struct {
		executor executorFunc
		in       proto.Message
		want     string
	}{
		"input without a payload": {answer("", nil), wrapperspb.String("\xff"), `activity "greet": input`},
		"failure": {
			answer("", aion.Terminal(errors.New("no"))), wrapperspb.String("Ada"),
			`execute activity "greet" on task queue "greeter": no`,
		},
		"result that does not fit": {
			answer("7", nil), wrapperspb.String("Ada"), `activity "greet": output: want string`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := aion.Execute[message](t.Context(), tt.executor, greetSpec, tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestInfoAndHeartbeatOfNoActivity(t *testing.T) {
	t.Parallel()
	if info, ok := aion.InfoFrom(t.Context()); ok {
		t.Errorf("got %+v for a context of no activity", info)
	}
	if err := aion.Heartbeat(t.Context(), wrapperspb.String("x")); !errors.Is(err, aion.ErrNoActivity) {
		t.Errorf("got %v, want ErrNoActivity", err)
	}
}

func TestInfoFromTellsAnActivityAboutItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		var got aion.Info
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			got, _ = aion.InfoFrom(ctx)

			return done(ctx, task)
		})
		e := task(3)
		e.Task.Labels = map[string]string{"team": "till"}
		s.deliver(e)
		if fmt.Sprint(got) != fmt.Sprint(e.Task.Info) {
			t.Fatalf("got %+v, want %+v", got, e.Task.Info)
		}
	})
}

// reporting runs a handler that reports what report says, over s.
func reporting(t *testing.T, s *scriptedSession, report func(ctx context.Context)) {
	t.Helper()
	newWorker(1).serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
		report(ctx)
		<-ctx.Done()

		return aion.Failed(ctx, ctx.Err())
	})
	s.deliver(task(1))
}

func progressOf(s *scriptedSession) []string {
	var progress []string
	for _, f := range s.sent(aion.FrameTaskHeartbeat) {
		if f.Progress != nil {
			progress = append(progress, string(f.Progress))
		}
	}

	return progress
}

func TestRule4HandlersOnlyAddProgressAndTheNewestWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		reporting(t, s, func(ctx context.Context) {
			for i := range 1000 {
				if err := aion.Heartbeat(ctx, wrapperspb.Int64(int64(i))); err != nil {
					t.Error(err)
				}
			}
		})
		if got := progressOf(s); fmt.Sprint(got) != "[0]" {
			t.Fatalf("got progress %v at once, want the first", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := progressOf(s); fmt.Sprint(got) != "[0 999]" {
			t.Fatalf("got progress %v after a second, want the first and the newest", got)
		}
		time.Sleep(2 * window)
		synctest.Wait()
		if got := progressOf(s); len(got) != 2 {
			t.Fatalf("got progress %v much later, want nothing twice", got)
		}
	})
}

func TestRule4ProgressThatCameTooEarlyGoesOutAfterASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const late = 900 * time.Millisecond
		w, s := newWorker(2), newSession()
		w.serve(t, s, func(ctx context.Context, task *aion.Task) aion.Outcome {
			time.Sleep(time.Duration(task.ActivityID) * late)
			for _, step := range []string{"first", "second"} {
				if err := aion.Heartbeat(ctx, wrapperspb.String(step)); err != nil {
					t.Error(err)
				}
			}

			return untilCancelled(ctx, task)
		})
		s.deliver(task(0), task(1))
		time.Sleep(time.Second)
		synctest.Wait() // The second task's newest progress is not due yet, when the first one's is.
		if got := progressOf(s); fmt.Sprint(got) != `["first" "first" "second"]` {
			t.Fatalf("got progress %v after a second, want the newest of the first task alone", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := progressOf(s); fmt.Sprint(got) != `["first" "first" "second" "second"]` {
			t.Fatalf("got progress %v after two seconds, want all", got)
		}
	})
}

func TestRule5TheNewestProgressFollowsAnAdoptedTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, first, second := newWorker(1), newSession(), newSession()
		h := func(ctx context.Context, _ *aion.Task) aion.Outcome {
			if err := aion.Heartbeat(ctx, wrapperspb.String("half")); err != nil {
				t.Error(err)
			}

			return untilCancelled(ctx, &aion.Task{})
		}
		r := w.serve(t, first, h)
		first.deliver(task(1))
		breakStream(first, r)
		w.serve(t, second, h)
		second.deliver(redelivered(task(1), "new"))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := progressOf(second); fmt.Sprint(got) != `["half"]` {
			t.Fatalf("got progress %v on the new stream, want the newest", got)
		}
	})
}

func TestHeartbeatErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		var ctx context.Context
		var errs []error
		reporting(t, s, func(c context.Context) {
			ctx = c //nolint:fatcontext // It is looked at once it has ended.
			errs = append(errs,
				aion.Heartbeat(ctx, nil),
				aion.Heartbeat(ctx, wrapperspb.String("\xff")),
				aion.Heartbeat(ctx, wrapperspb.String(strings.Repeat("x", aion.MaxFrameBytes))))
		})
		for i, want := range []string{"pass a message", `heartbeat of activity "charge"`, "1048576 at most"} {
			if errs[i] == nil || !strings.Contains(errs[i].Error(), want) {
				t.Errorf("got %v, want %q", errs[i], want)
			}
		}
		s.deliver(cancelOf(1))
		if err := aion.Heartbeat(ctx, wrapperspb.String("x")); !errors.Is(err, aion.ErrCancelledByEngine) {
			t.Errorf("got %v once the context has ended, want its cause", err)
		}
		if got := progressOf(s); len(got) != 0 {
			t.Errorf("got progress %v, want none", got)
		}
	})
}

func TestPanicIsLoggedWithItsStack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		w, s := newWorker(1), newSession()
		w.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		w.serve(t, s, func(context.Context, *aion.Task) aion.Outcome { panic("boom") })
		s.deliver(task(1))
		for _, want := range []string{"panic=boom", "goroutine ", "activity_type=charge", "service_test.go"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log.String())
			}
		}
	})
}
