//nolint:thelper // Tests within tests are no helpers.
package aiontest_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestWhatIsWrongFailsTheTest(t *testing.T) {
	t.Parallel()
	greet := &greeterv1.GreetRequest{Name: "Ada"}
	for name, tt := range map[string]struct {
		test func(tb testing.TB)
		want string
	}{
		"no dispatcher": {func(tb testing.TB) { aiontest.Run(tb) }, "no dispatcher"},
		"a nil dispatcher": {
			func(tb testing.TB) { aiontest.Run(tb, nil) }, "dispatcher 1 of 1 is nil",
		},
		"a nil implementation": {
			func(tb testing.TB) { aiontest.Run(tb, greeterv1.NewGreeterDispatcher(nil)) },
			"the implementation is nil",
		},
		"an endpoint": {
			func(tb testing.TB) {
				aiontest.Config{Worker: aion.Config{Endpoint: "127.0.0.1:1"}}.Run(tb)
			}, "must be empty",
		},
		"an engine that cannot start": {
			func(tb testing.TB) {
				aiontest.Config{Engine: devengine.Config{HeartbeatWindow: -1}}.Run(tb)
			}, "config: HeartbeatWindow: ",
		},
		"an option out of range": {
			func(tb testing.TB) {
				engine := aiontest.Run(tb, greeterv1.NewGreeterDispatcher(greeter{}))
				call := aiontest.Start(tb, greeterv1.NewGreeterStub(engine).Greet, greet, aiontest.Attempt(0))
				call.WaitStarted()
			}, "WithFirstAttempt: want 1 or more",
		},
		"the method of an implementation": {
			func(tb testing.TB) { _, _ = aiontest.Start(tb, greeter{}.Greet, greet).Wait() },
			"pass one of a stub",
		},
		"fewer heartbeats than awaited": {
			func(tb testing.TB) {
				engine := aiontest.Run(tb, greeterv1.NewGreeterDispatcher(greeter{}))
				aiontest.Start(tb, greeterv1.NewGreeterStub(engine).Greet, greet).WaitHeartbeats(1)
			}, "ended with 0 heartbeats, want 1",
		},
		"fewer attempts than awaited": {
			func(tb testing.TB) {
				engine := aiontest.Run(tb, greeterv1.NewGreeterDispatcher(greeter{}))
				aiontest.Start(tb, greeterv1.NewGreeterStub(engine).Greet, greet).WaitAttempts(3)
			}, "ended with 2 attempts in its history, want 3",
		},
		"heartbeats of another type": {
			func(tb testing.TB) {
				ctx := aiontest.Context(tb, aion.Info{})
				if err := aion.Heartbeat(ctx, greet); err != nil {
					tb.Fatal(err)
				}
				aiontest.Heartbeats[*greeterv1.TourProgress](ctx)
			}, "heartbeat 1 is a greeter.v1.GreetRequest, want a greeter.v1.TourProgress",
		},
		"nothing": {
			func(tb testing.TB) {
				_, stub := run(tb, concierge{wait: untilDone})
				aiontest.Start(tb, stub.WaitForGuest, godot).WaitStarted()
			}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFailure(t, tt.want, tt.test)
		})
	}
}

func TestHeartbeatsOfACallThatAreOfAnotherTypeFailTheTest(t *testing.T) {
	t.Parallel()
	wantFailure(t, "heartbeat 1 is no greeter.v1.TourProgress: ", func(tb testing.TB) {
		_, stub := run(tb, concierge{wait: func(
			ctx context.Context, in *greeterv1.WaitForGuestRequest,
		) (*greeterv1.WaitForGuestResponse, error) {
			if err := aion.Heartbeat(ctx, in); err != nil {
				return nil, err
			}

			return untilDone(ctx, in)
		}})
		call := aiontest.Start(tb, stub.WaitForGuest, godot)
		call.WaitHeartbeats(1)
		aiontest.Heartbeats[*greeterv1.TourProgress](call)
	})
}

// A test that is over takes no log, and neither does one of package testing.
func TestWhatEndsAfterTheTestLogsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan struct{})
		var log bytes.Buffer
		record(func(tb testing.TB) {
			tb.(*recorder).log = &log
			_, stub := run(tb, concierge{wait: func(
				context.Context, *greeterv1.WaitForGuestRequest,
			) (*greeterv1.WaitForGuestResponse, error) {
				<-arrived
				panic("too late")
			}})
			aiontest.Start(tb, stub.WaitForGuest, godot).WaitStarted()
		})
		logged := log.String()
		close(arrived)
		synctest.Wait()
		if !strings.Contains(logged, "activity still runs after StopTimeout") || log.String() != logged {
			t.Errorf("got %q, and then %q, want the end of the worker and then nothing",
				logged, log.String()[len(logged):])
		}
	})
}

func TestTheEndOfATestEndsWhatTheEngineHasGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended time.Time
		wantFailure(t, "", func(tb testing.TB) {
			_, stub := run(tb, concierge{wait: untilDone})
			call := aiontest.Start(tb, stub.WaitForGuest, godot, aiontest.Timeout(time.Minute),
				aiontest.Retry(devengine.RetryPolicy{MaxRetries: devengine.NoRetries}))
			if _, err := call.Wait(); !errors.Is(err, devengine.ErrTimedOut) {
				tb.Errorf("got %v, want that it took too long", err)
			}
			ended = time.Now()
		})
		if got := time.Since(ended); got >= time.Second {
			t.Errorf("got an end of the test after %s, want no wait for a grace", got)
		}
	})
}

func TestAHandlerThatNothingEndsFailsTheTestByItsName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan struct{})
		wantFailure(t, `activity "wait_for_guest", attempt 2, still runs after the end of its context`,
			func(tb testing.TB) {
				_, stub := run(tb, until(arrived))
				aiontest.Start(tb, stub.WaitForGuest, godot, aiontest.Attempt(2)).WaitStarted()
			})
		close(arrived)
	})
}
