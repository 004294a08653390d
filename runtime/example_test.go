package aion_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// String is the message of these examples; generated code has a service's own.
type String = *wrapperspb.StringValue

var priceSpec = aion.ActivitySpec{TaskQueue: "shop", Type: "price"}

// through serves dispatcher to a development engine while call runs.
func through(dispatcher aion.Dispatcher, call func(ctx context.Context, engine *devengine.Engine)) {
	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{Logger: quiet, Retry: devengine.RetryPolicy{
		MaxRetries: devengine.NoRetries,
	}})
	if err != nil {
		panic(err)
	}
	defer func() { _ = engine.Close() }()
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: 1, Logger: quiet,
	}, dispatcher)
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- worker.Run(ctx) }()
	call(ctx, engine)
	stop()
	if err := <-ended; err != nil {
		panic(err)
	}
}

// A worker serves dispatchers until its context ends; a stub, or Execute as
// here, runs an activity through an engine.
func ExampleWorker_Run() {
	price := func(_ context.Context, article String) (String, error) {
		return wrapperspb.String(article.GetValue() + " costs 3"), nil
	}
	through(aion.NewFuncDispatcher(priceSpec, price), func(ctx context.Context, engine *devengine.Engine) {
		out, err := aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("tea"))
		fmt.Println(out.GetValue(), err)
	})
	// Output: tea costs 3 <nil>
}

// All that is wrong is reported at once, before anything is dialled.
func ExampleNewWorker() {
	_, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:50051"})
	fmt.Println(err)
	// Output:
	// worker: field MaxConcurrency is 0: set 1 or more (or AION_WORKER_CONCURRENCY for ConfigFromEnv)
	// no dispatcher: pass at least one, such as NewGreeterDispatcher(impl)
}

// A terminal error ends the activity: no further attempt can help.
func ExampleTerminal() {
	price := func(_ context.Context, article String) (String, error) {
		return nil, aion.Terminal(fmt.Errorf("no article %q", article.GetValue()))
	}
	through(aion.NewFuncDispatcher(priceSpec, price), func(ctx context.Context, engine *devengine.Engine) {
		_, err := aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("gold"))
		var failure *aion.Failure
		fmt.Println(errors.As(err, &failure), failure.Kind)
	})
	// Output: true terminal
}

// The mark of an error is found anywhere in its tree.
func ExampleKindOf() {
	declined := aion.Terminal(errors.New("card declined"))
	fmt.Println(aion.KindOf(fmt.Errorf("charge: %w", declined)))
	fmt.Println(aion.KindOf(errors.Join(errors.New("audit"), aion.PolicyRefused(errors.New("embargo")))))
	fmt.Println(aion.KindOf(errors.New("connection reset")))
	// Output:
	// terminal
	// policy refused
	// retryable
}

// An activity knows its attempt, and the key that makes a repetition harmless.
func ExampleInfoFrom() {
	price := func(ctx context.Context, _ String) (String, error) {
		info, ok := aion.InfoFrom(ctx)
		text := fmt.Sprintln(info.ActivityType, info.Attempt, ok && info.IdempotencyKey != "")

		return wrapperspb.String(text), nil
	}
	through(aion.NewFuncDispatcher(priceSpec, price), func(ctx context.Context, engine *devengine.Engine) {
		out, _ := aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("tea"))
		fmt.Println(out.GetValue())
	})
	// Output: price 1 true
}

// Progress is any message; the engine shows the newest one.
func ExampleHeartbeat() {
	price := func(ctx context.Context, _ String) (String, error) {
		if err := aion.Heartbeat(ctx, wrapperspb.String("asking the market")); err != nil {
			return nil, err
		}

		return wrapperspb.String("3"), nil
	}
	through(aion.NewFuncDispatcher(priceSpec, price), func(ctx context.Context, engine *devengine.Engine) {
		watched := engine.Executor(devengine.WithProgress(func(p devengine.Progress) {
			fmt.Printf("progress %s\n", p.JSON)
		}))
		out, _ := aion.Execute[String](ctx, watched, priceSpec, wrapperspb.String("tea"))
		fmt.Println("result", out.GetValue())
	})
	// Output:
	// progress "asking the market"
	// result 3
}

// An interceptor wraps every activity of a dispatcher.
func ExampleWithInterceptors() {
	logged := func(
		ctx context.Context, info aion.Info, in proto.Message, next aion.Next,
	) (proto.Message, error) {
		fmt.Println("begin", info.ActivityType)
		defer fmt.Println("end", info.ActivityType)

		return next(ctx, in)
	}
	price := func(context.Context, String) (String, error) { return wrapperspb.String("3"), nil }
	dispatcher := aion.NewFuncDispatcher(priceSpec, price, aion.WithInterceptors(logged))
	through(dispatcher, func(ctx context.Context, engine *devengine.Engine) {
		_, _ = aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("tea"))
	})
	// Output:
	// begin price
	// end price
}

// The cause says why a context has ended, and so what there is to clean up.
func ExampleErrCancelledByEngine() {
	cleaned := make(chan struct{})
	wait := func(ctx context.Context, _ String) (String, error) {
		defer close(cleaned)
		if err := aion.Heartbeat(ctx, wrapperspb.String("waiting")); err != nil {
			return nil, err
		}
		<-ctx.Done()
		if errors.Is(context.Cause(ctx), aion.ErrCancelledByEngine) {
			fmt.Println("the workflow does not want it any more")
		}

		return nil, context.Cause(ctx)
	}
	through(aion.NewFuncDispatcher(priceSpec, wait), func(ctx context.Context, engine *devengine.Engine) {
		ctx, cancel := context.WithCancel(ctx)
		watched := engine.Executor(devengine.WithProgress(func(devengine.Progress) { cancel() }))
		_, err := aion.Execute[String](ctx, watched, priceSpec, wrapperspb.String("tea"))
		<-cleaned
		fmt.Println(err != nil)
	})
	// Output:
	// the workflow does not want it any more
	// true
}
