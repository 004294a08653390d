//nolint:thelper // Tests within tests are no helpers.
package aiontest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

// runTest runs what would be a test function in a file of tests.
func runTest(test func(t testing.TB)) {
	if failures := record(test); failures != "" {
		fmt.Fprintln(os.Stdout, failures)
	}
}

// desk implements greeterv1.ConciergeActivities.
type desk struct{}

func (desk) PrepareTour(
	ctx context.Context, in *greeterv1.PrepareTourRequest,
) (*greeterv1.PrepareTourResponse, error) {
	for i := range in.GetGuests() {
		progress := &greeterv1.TourProgress{Greeted: int64(i + 1), Total: int64(len(in.GetGuests()))}
		if err := aion.Heartbeat(ctx, progress); err != nil {
			return nil, err
		}
	}

	return &greeterv1.PrepareTourResponse{}, nil
}

func (desk) BookTable(
	ctx context.Context, in *greeterv1.BookTableRequest,
) (*greeterv1.BookTableResponse, error) {
	if in.GetPeople() > 8 {
		return nil, aion.Terminal(errors.New("no table is that large"))
	}
	info, _ := aion.InfoFrom(ctx)
	if info.Attempt < 3 {
		return nil, errors.New("the line is busy")
	}

	return &greeterv1.BookTableResponse{Table: 7, Attempt: info.Attempt}, nil
}

func (desk) WaitForGuest(
	ctx context.Context, _ *greeterv1.WaitForGuestRequest,
) (*greeterv1.WaitForGuestResponse, error) {
	<-ctx.Done()

	return nil, context.Cause(ctx)
}

func ExampleRun() {
	runTest(func(t testing.TB) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		out, err := greeterv1.NewConciergeStub(engine).BookTable(t.Context(),
			&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2})
		fmt.Println("table", out.GetTable(), "on attempt", out.GetAttempt(), err)
	})
	// Output: table 7 on attempt 3 <nil>
}

func ExampleConfig_Run() {
	runTest(func(t testing.TB) {
		config := aiontest.Config{Engine: devengine.Config{
			Retry: devengine.RetryPolicy{MaxRetries: devengine.NoRetries},
		}}
		engine := config.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		_, err := greeterv1.NewConciergeStub(engine).BookTable(t.Context(),
			&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2})
		if failure, ok := errors.AsType[*aion.Failure](err); ok {
			fmt.Println(failure.Kind, failure)
		}
	})
	// Output: retryable activity "book_table": attempt 1 of 1: the line is busy
}

func ExampleStart() {
	runTest(func(t testing.TB) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		stub := greeterv1.NewConciergeStub(engine)
		call := aiontest.Start(t, stub.BookTable,
			&greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2}, aiontest.Attempt(2))
		out, err := call.Wait()
		fmt.Println("table", out.GetTable(), err)
		for _, attempt := range call.Attempts() {
			fmt.Println(attempt.Number, attempt.State)
		}
	})
	// Output:
	// table 7 <nil>
	// 2 started
	// 2 failed
	// 3 started
	// 3 completed
}

func ExampleCall_Cancel() {
	runTest(func(t testing.TB) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
			&greeterv1.WaitForGuestRequest{Name: "Godot"})
		call.WaitStarted()
		call.Cancel()
		_, err := call.Wait()
		fmt.Println(errors.Is(err, devengine.ErrCancelled))
		for _, handler := range call.HandlerRuns() {
			fmt.Println(handler.Cause)
		}
	})
	// Output:
	// true
	// activity cancelled by the engine
}

func ExampleEngine_Disconnect() {
	runTest(func(t testing.TB) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
			&greeterv1.WaitForGuestRequest{Name: "Godot"})
		call.WaitStarted()
		engine.Disconnect()
		engine.Reconnect()
		call.WaitAttempts(3)
		for _, attempt := range call.Attempts() {
			fmt.Println(attempt.Number, attempt.State)
		}
		call.Cancel()
		fmt.Println(len(call.HandlerRuns()), "handler run")
	})
	// Output:
	// 1 started
	// 1 lost
	// 1 started
	// 1 handler run
}

func ExampleEngine_Restart() {
	runTest(func(t testing.TB) {
		engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(desk{}))
		call := aiontest.Start(t, greeterv1.NewConciergeStub(engine).WaitForGuest,
			&greeterv1.WaitForGuestRequest{Name: "Godot"})
		call.WaitStarted()
		engine.Restart() // Waits for StopGrace, 1 s.
		call.Cancel()
		fmt.Println(call.HandlerRuns()[0].Cause)
	})
	// Output: worker stopping
}

func ExampleContext() {
	runTest(func(t testing.TB) {
		ctx := aiontest.Context(t, aion.Info{Attempt: 3})
		out, err := desk{}.BookTable(ctx, &greeterv1.BookTableRequest{People: 2})
		fmt.Println("table", out.GetTable(), err)

		ctx.Cancel(aion.ErrWorkerStopping)
		_, err = desk{}.WaitForGuest(ctx, &greeterv1.WaitForGuestRequest{Name: "Godot"})
		fmt.Println(err)
	})
	// Output:
	// table 7 <nil>
	// worker stopping
}

func ExampleHeartbeats() {
	runTest(func(t testing.TB) {
		ctx := aiontest.Context(t, aion.Info{})
		_, err := desk{}.PrepareTour(ctx, &greeterv1.PrepareTourRequest{Guests: []string{"Ada", "Grace"}})
		for _, progress := range aiontest.Heartbeats[*greeterv1.TourProgress](ctx) {
			fmt.Println(progress.GetGreeted(), "of", progress.GetTotal())
		}
		fmt.Println(err)
	})
	// Output:
	// 1 of 2
	// 2 of 2
	// <nil>
}
