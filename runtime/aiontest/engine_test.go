//nolint:thelper // Tests within tests are no helpers.
package aiontest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestALostConnectionRunsNothingTwice(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		arrived := make(chan struct{})
		engine, stub := run(t, until(arrived))
		call := aiontest.Start(t, stub.WaitForGuest, godot)
		call.WaitStarted()
		engine.Disconnect()
		call.WaitAttempts(2)
		wantHistory(t, call.Attempts(), "1 started, 1 lost")
		engine.Reconnect()
		call.WaitAttempts(3) // The redelivery.
		close(arrived)
		if _, err := call.Wait(); err != nil {
			t.Errorf("got %v, want the result of the handler that ran all the time", err)
		}
		wantHistory(t, call.Attempts(), "1 started, 1 lost, 1 started, 1 completed")
		wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 1})
	})
}

func TestAnAdoptedHandlerSendsOneResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan struct{})
		engine, stub := run(t, until(arrived))
		call := aiontest.Start(t, stub.WaitForGuest, godot)
		call.WaitStarted()
		engine.Disconnect()
		engine.Reconnect()
		call.WaitAttempts(3)
		synctest.Wait() // The worker has the redelivery.
		close(arrived)
		if _, err := call.Wait(); err != nil {
			t.Error(err)
		}
		if got := call.ResultsSent(); got != 1 {
			t.Errorf("got %d results sent, want 1", got)
		}
	})
}

func TestAnOutcomeWaitsForTheEngineToComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := make(chan struct{})
		engine, stub := run(t, until(arrived))
		call := aiontest.Start(t, stub.WaitForGuest, godot)
		call.WaitStarted()
		engine.Disconnect()
		close(arrived)
		wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 1})
		time.Sleep(time.Minute)
		engine.Reconnect()
		if _, err := call.Wait(); err != nil {
			t.Errorf("got %v, want the recorded result", err)
		}
		wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 1})
	})
}

func TestNothingRunsWhileTheEngineIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
		stub := greeterv1.NewGreeterStub(engine)
		if _, err := stub.Greet(t.Context(), &greeterv1.GreetRequest{Name: "Ada"}); err != nil {
			t.Fatal(err)
		}
		engine.Disconnect()
		call := aiontest.Start(t, stub.Greet, &greeterv1.GreetRequest{Name: "Grace"})
		time.Sleep(time.Minute)
		if got := call.Attempts(); len(got) != 0 {
			t.Errorf("got %s while the engine is away, want nothing", history(got))
		}
		engine.Reconnect()
		if _, err := call.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func TestAStopWaitsForTheHandlerWithinItsGrace(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		arrived := make(chan struct{})
		engine, stub := run(t, until(arrived))
		call := aiontest.Start(t, stub.WaitForGuest, godot)
		call.WaitStarted()
		stopped := engine.Stop()
		close(arrived)
		if _, err := call.Wait(); err != nil {
			t.Errorf("got %v, want the result of what ran when the stop began", err)
		}
		<-stopped
		_, err := stub.WaitForGuest(t.Context(), godot)
		if !errors.Is(err, aiontest.ErrNoWorker) {
			t.Errorf("got %v after the stop, want that no worker is left", err)
		}
	})
}

func TestAStopCancelsTheHandlerAfterItsGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := aiontest.Config{Worker: aion.Config{StopGrace: time.Hour, StopTimeout: 2 * time.Hour}}
		engine := config.Run(t, greeterv1.NewConciergeDispatcher(concierge{wait: untilDone}))
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest, godot)
		call.WaitStarted()
		began := time.Now()
		<-engine.Stop()
		if got := time.Since(began).Truncate(time.Minute); got != time.Hour {
			t.Errorf("got a stop after %s, want the grace of an hour", got)
		}
		if _, err := call.Wait(); !errors.Is(err, aiontest.ErrNoWorker) {
			t.Errorf("got %v, want that no worker is left", err)
		}
		got := call.HandlerRuns()
		if len(got) != 1 || !errors.Is(got[0].Cause, aion.ErrWorkerStopping) ||
			aion.KindOf(got[0].Err) != aion.KindRetryable {
			t.Errorf("got %+v, want one that the stop has cancelled, and is retryable", got)
		}
	})
}

func TestARestartGivesTheActivityToTheNextWorker(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		engine, stub := run(t, concierge{book: func(
			ctx context.Context, _ *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			if infoOf(ctx).Attempt == 1 {
				<-ctx.Done()

				return nil, context.Cause(ctx)
			}

			return &greeterv1.BookTableResponse{Attempt: 2}, nil
		}})
		call := aiontest.Start(t, stub.BookTable, table)
		call.WaitStarted()
		engine.Restart()
		if out, err := call.Wait(); err != nil || out.GetAttempt() != 2 {
			t.Errorf("got %v, %v, want a table on attempt 2", out, err)
		}
		runs := call.HandlerRuns()
		if len(runs) != 2 || !errors.Is(runs[0].Cause, aion.ErrWorkerStopping) || runs[1].Err != nil {
			t.Errorf("got %+v, want one that was stopped and one that completed", runs)
		}
	})
}

func TestARestartFollowsAStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
		<-engine.Stop()
		engine.Restart()
		_, err := greeterv1.NewGreeterStub(engine).Greet(t.Context(), &greeterv1.GreetRequest{Name: "Ada"})
		if err != nil {
			t.Errorf("got %v, want the new worker's greeting", err)
		}
	})
}

func TestACallersContextCancelsTheActivity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, stub := run(t, concierge{wait: untilDone})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBusy)
		defer cancel()
		_, err := stub.WaitForGuest(ctx, godot)
		if !errors.Is(err, devengine.ErrCancelled) || !errors.Is(err, errBusy) {
			t.Errorf("got %v, want that it is cancelled for the cause of the context", err)
		}
	})
}

func TestACallersContextThatHasEndedStartsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := false
		_, stub := run(t, concierge{wait: func(
			ctx context.Context, in *greeterv1.WaitForGuestRequest,
		) (*greeterv1.WaitForGuestResponse, error) {
			started = true

			return untilDone(ctx, in)
		}})
		synctest.Wait() // The worker has registered.
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBusy)
		for range 20 {
			_, err := stub.WaitForGuest(ctx, godot)
			if !errors.Is(err, devengine.ErrCancelled) || !errors.Is(err, errBusy) {
				t.Errorf("got %v, want that it is cancelled for the cause of the context", err)
			}
		}
		synctest.Wait()
		if started {
			t.Error("a handler was started")
		}
	})
}

func TestTheShortestBackoffIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	config := aiontest.Config{Worker: aion.Config{MaxBackoff: time.Millisecond}}
	config.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
}

func TestOneWorkerServesSeveralServices(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}),
		greeterv1.NewConciergeDispatcher(concierge{book: func(
			context.Context, *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			return &greeterv1.BookTableResponse{Table: 7}, nil
		}}))
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			in := &greeterv1.GreetRequest{Name: "Ada"}
			if _, err := greeterv1.NewGreeterStub(engine).Greet(t.Context(), in); err != nil {
				t.Error(err)
			}
			if _, err := greeterv1.NewConciergeStub(engine).BookTable(t.Context(), table); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

func TestAQueueThatNothingServesFailsAtOnce(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
	_, err := greeterv1.NewConciergeStub(engine).BookTable(t.Context(), table)
	if !errors.Is(err, aiontest.ErrNoWorker) || !strings.Contains(err.Error(), `"concierge"`) {
		t.Errorf("got %v, want an error that names the task queue", err)
	}
}

func TestAWorkerThatIsDeniedFailsCallsAndTest(t *testing.T) {
	t.Parallel()
	config := aiontest.Config{
		Worker: aion.Config{Token: aion.StaticToken("wrong")},
		Engine: devengine.Config{Token: "secret"},
	}
	wantFailure(t, "aiontest: the worker ended with an error: ", func(tb testing.TB) {
		engine := config.Run(tb, greeterv1.NewGreeterDispatcher(greeter{}))
		_, err := greeterv1.NewGreeterStub(engine).Greet(tb.Context(), &greeterv1.GreetRequest{Name: "Ada"})
		var refused *aion.RegistrationError
		if !errors.Is(err, aiontest.ErrNoWorker) || !errors.As(err, &refused) {
			t.Errorf("got %v, want that no worker is left, and why", err)
		}
	})
}

func TestTheNamespaceIsThatOfTheWorker(t *testing.T) {
	t.Parallel()
	namespace := ""
	config := aiontest.Config{Worker: aion.Config{Namespace: "hotel"}}
	engine := config.Run(t, greeterv1.NewGreeterGreetDispatcher(func(
		ctx context.Context, _ *greeterv1.GreetRequest,
	) (*greeterv1.GreetResponse, error) {
		namespace = infoOf(ctx).Namespace

		return &greeterv1.GreetResponse{}, nil
	}))
	in := &greeterv1.GreetRequest{Name: "Ada"}
	if _, err := greeterv1.NewGreeterStub(engine).Greet(t.Context(), in); err != nil || namespace != "hotel" {
		t.Errorf("got namespace %q, %v, want hotel", namespace, err)
	}
}

func TestTheWorkerIsTheNewestOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
		first := engine.Worker()
		engine.Restart()
		synctest.Wait()
		if first.Health().Live || !engine.Worker().Health().Live {
			t.Errorf("got health %+v, then %+v, want a live worker after one that has stopped",
				first.Health(), engine.Worker().Health())
		}
	})
}
