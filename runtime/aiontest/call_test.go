//nolint:thelper // Tests within tests are no helpers.
package aiontest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

// history is what the engine has seen of a call, in one line.
func history(attempts []devengine.Attempt) string {
	words := make([]string, 0, len(attempts))
	for _, a := range attempts {
		words = append(words, fmt.Sprintf("%d %s", a.Number, a.State))
	}

	return strings.Join(words, ", ")
}

func wantHistory(t *testing.T, attempts []devengine.Attempt, want string) {
	t.Helper()
	if got := history(attempts); got != want {
		t.Errorf("attempts: got %s, want %s", got, want)
	}
}

// wantRuns compares handler runs; an error of want stands for every error that it
// is in.
func wantRuns(t *testing.T, got []aiontest.HandlerRun, want ...aiontest.HandlerRun) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("handler runs: got %+v, want %d", got, len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Attempt != w.Attempt || (g.Err == nil) != (w.Err == nil) ||
			!errors.Is(g.Err, w.Err) || !errors.Is(g.Cause, w.Cause) {
			t.Errorf("handler run %d: got %+v, want %+v", i+1, g, w)
		}
	}
}

func TestACallReturnsWhatTheHandlerReturned(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
		call := aiontest.Start(t, greeterv1.NewGreeterStub(engine).Greet,
			&greeterv1.GreetRequest{Name: "Ada"})
		out, err := call.Wait()
		if err != nil || out.GetMessage() != "Hello, Ada!" {
			t.Errorf("got %v, %v, want a greeting", out, err)
		}
		wantHistory(t, call.Attempts(), "1 started, 1 completed")
		wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 1})
		if got := call.ResultsSent(); got != 1 {
			t.Errorf("got %d results sent, want 1", got)
		}
	})
}

func TestRetriesFollowTheirPolicyFromTheFirstAttemptOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		_, stub := run(t, concierge{book: func(
			ctx context.Context, _ *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			info := infoOf(ctx)
			keys = append(keys, info.IdempotencyKey)
			if info.Attempt < 5 {
				return nil, errBusy
			}

			return &greeterv1.BookTableResponse{Attempt: info.Attempt}, nil
		}})
		began := time.Now()
		call := aiontest.Start(t, stub.BookTable, table, aiontest.Attempt(3),
			aiontest.Retry(devengine.RetryPolicy{
				MaxRetries: 2, InitialBackoff: time.Hour, MaxBackoff: time.Hour,
			}))
		out, err := call.Wait()
		if err != nil || out.GetAttempt() != 5 {
			t.Errorf("got %v, %v, want a table on attempt 5", out, err)
		}
		if got := time.Since(began); got != 2*time.Hour {
			t.Errorf("got a table after %s, want two backoffs of an hour", got)
		}
		if len(keys) != 3 || keys[0] == "" || keys[0] != keys[2] {
			t.Errorf("got idempotency keys %q, want the same three times", keys)
		}
		wantHistory(t, call.Attempts(), "3 started, 3 failed, 4 started, 4 failed, 5 started, 5 completed")
		wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 3, Err: errBusy},
			aiontest.HandlerRun{Attempt: 4, Err: errBusy}, aiontest.HandlerRun{Attempt: 5})
	})
}

func TestACallThatFailsForGoodHasItsFailure(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		_, stub := run(t, concierge{book: func(
			context.Context, *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			return nil, fmt.Errorf("book: %w", aion.NewTypedFailure(
				&greeterv1.TourProgress{Greeted: 1, Total: 8}, aion.EnumCasePascal))
		}})
		_, err := aiontest.Start(t, stub.BookTable, table).Wait()
		var failure *aion.Failure
		if !errors.As(err, &failure) || failure.Kind != aion.KindTerminal {
			t.Errorf("got %v, want a terminal failure", err)
		}
		details, ok := aion.TypedFailureFrom[*greeterv1.TourProgress](err, aion.EnumCasePascal)
		if !ok || details.GetTotal() != 8 {
			t.Errorf("got details %v, want a total of 8", details)
		}
	})
}

func TestLabelsReachTheHandler(t *testing.T) {
	t.Parallel()
	want := map[string]string{"tenant": "acme"}
	var got map[string]string
	_, stub := run(t, concierge{book: func(
		ctx context.Context, _ *greeterv1.BookTableRequest,
	) (*greeterv1.BookTableResponse, error) {
		got = infoOf(ctx).Labels

		return &greeterv1.BookTableResponse{}, nil
	}})
	if _, err := aiontest.Start(t, stub.BookTable, table, aiontest.Labels(want)).Wait(); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got labels %v, want %v", got, want)
	}
}

func TestCancelReachesTheHandlerAsThatOfTheEngine(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T) {
		_, stub := run(t, concierge{wait: untilDone})
		call := aiontest.Start(t, stub.WaitForGuest, godot)
		call.WaitStarted()
		call.Cancel()
		if _, err := call.Wait(); !errors.Is(err, devengine.ErrCancelled) {
			t.Errorf("got %v, want that it is cancelled", err)
		}
		got := call.HandlerRuns()
		if len(got) != 1 || !errors.Is(got[0].Cause, aion.ErrCancelledByEngine) ||
			aion.KindOf(got[0].Err) != aion.KindTerminal {
			t.Errorf("got %+v, want one that the engine has cancelled, and is terminal", got)
		}
		wantHistory(t, call.Attempts(), "1 started, 1 cancelled")
	})
}

func TestAnAttemptThatTakesTooLongIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, stub := run(t, concierge{book: func(
			ctx context.Context, _ *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			if infoOf(ctx).Attempt == 1 {
				<-ctx.Done()

				return nil, context.Cause(ctx)
			}

			return &greeterv1.BookTableResponse{Attempt: 2}, nil
		}})
		call := aiontest.Start(t, stub.BookTable, table, aiontest.Timeout(time.Minute))
		if out, err := call.Wait(); err != nil || out.GetAttempt() != 2 {
			t.Errorf("got %v, %v, want a table on attempt 2", out, err)
		}
		wantHistory(t, call.Attempts(), "1 started, 1 timed out, 2 started, 2 completed")
		runs := call.HandlerRuns()
		if len(runs) != 2 {
			t.Fatalf("got %+v, want two handler runs", runs)
		}
		for _, r := range runs {
			if r.Attempt == 1 && r.Cause == nil {
				t.Errorf("got %+v, want that its context has ended", r)
			}
		}
	})
}

func TestHeartbeatsOfACallAreThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, stub := run(t, concierge{tour: func(
			ctx context.Context, in *greeterv1.PrepareTourRequest,
		) (*greeterv1.PrepareTourResponse, error) {
			for i := range in.GetGuests() {
				progress := &greeterv1.TourProgress{Greeted: int64(i + 1), Total: int64(len(in.GetGuests()))}
				if err := aion.Heartbeat(ctx, progress); err != nil {
					return nil, err
				}
				time.Sleep(time.Minute)
			}

			return &greeterv1.PrepareTourResponse{}, nil
		}})
		call := aiontest.Start(t, stub.PrepareTour,
			&greeterv1.PrepareTourRequest{Guests: []string{"Ada", "Grace"}})
		call.WaitHeartbeats(1)
		if got := aiontest.Heartbeats[*greeterv1.TourProgress](call); len(got) != 1 ||
			got[0].GetGreeted() != 1 || got[0].GetTotal() != 2 {
			t.Errorf("got %v before the second guest, want 1 of 2", got)
		}
		if _, err := call.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := aiontest.Heartbeats[*greeterv1.TourProgress](call); len(got) != 2 ||
			got[1].GetGreeted() != 2 {
			t.Errorf("got %v at the end, want 2 of 2 at last", got)
		}
		if got := call.ResultsSent(); got != 1 {
			t.Errorf("got %d results sent beside the heartbeats, want 1", got)
		}
	})
}

func TestAHandlerThatPanicsHasNotReturned(t *testing.T) {
	t.Parallel()
	_, stub := run(t, concierge{book: func(
		context.Context, *greeterv1.BookTableRequest,
	) (*greeterv1.BookTableResponse, error) {
		panic("no table")
	}})
	call := aiontest.Start(t, stub.BookTable, table,
		aiontest.Retry(devengine.RetryPolicy{MaxRetries: devengine.NoRetries}))
	if _, err := call.Wait(); err == nil || !strings.Contains(err.Error(), "panicked: no table") {
		t.Errorf("got %v, want the panic", err)
	}
	wantRuns(t, call.HandlerRuns(), aiontest.HandlerRun{Attempt: 1, Err: aiontest.ErrNotReturned})
}

func TestAnInputWithoutAPayloadIsTheErrorOfItsCall(t *testing.T) {
	t.Parallel()
	_, stub := run(t, concierge{wait: untilDone})
	_, err := aiontest.Start(t, stub.WaitForGuest, &greeterv1.WaitForGuestRequest{Name: "\xff"}).Wait()
	if err == nil || !strings.Contains(err.Error(), "input.name") {
		t.Errorf("got %v, want an error that names the path", err)
	}
}

func TestACallIsOneActivity(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, greeterv1.NewGreeterDispatcher(greeter{}))
	stub := greeterv1.NewGreeterStub(engine)
	_, err := aiontest.Start(t, func(
		ctx context.Context, in *greeterv1.GreetRequest,
	) (*greeterv1.GreetResponse, error) {
		if _, err := stub.Greet(ctx, in); err != nil {
			t.Error(err)
		}

		return stub.Greet(ctx, in)
	}, &greeterv1.GreetRequest{Name: "Ada"}).Wait()
	if err == nil || !strings.Contains(err.Error(), "Start runs one activity") {
		t.Errorf("got %v, want that a second activity is refused", err)
	}
}
