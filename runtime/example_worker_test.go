package aion_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// echo answers with its input.
func echo(_ context.Context, in String) (String, error) { return in, nil }

// A goroutine of the activity: its panic is the activity's failure, and the
// process goes on.
func ExampleGo() {
	price := func(ctx context.Context, article String) (String, error) {
		looked := make(chan struct{})
		aion.Go(ctx, func() {
			defer close(looked)
			panic("no price of " + article.GetValue())
		})
		<-looked

		return wrapperspb.String("3"), nil
	}
	through(aion.NewFuncDispatcher(priceSpec, price), func(ctx context.Context, engine *devengine.Engine) {
		_, err := aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("tea"))
		fmt.Println(aion.KindOf(err))
	})
	// Output: retryable
}

// An activity of its own pace beside the others of the worker, and slower from
// now on.
func ExampleWorker_SetLimit() {
	limit := aion.Limit{TaskQueue: "shop", ActivityType: "price", MaxConcurrency: 4, PerSecond: 10}
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: "127.0.0.1:50051", MaxConcurrency: 64, Limits: []aion.Limit{limit},
	}, aion.NewFuncDispatcher(priceSpec, echo))
	if err != nil {
		panic(err)
	}
	limit.PerSecond = 2
	fmt.Println(worker.SetLimit(limit))
	// Output: <nil>
}

// The handler is served beside the worker; this worker has not been started.
func ExampleWorker_HealthHandler() {
	worker, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 1},
		aion.NewFuncDispatcher(priceSpec, echo))
	if err != nil {
		panic(err)
	}
	answer := httptest.NewRecorder()
	worker.HealthHandler().ServeHTTP(answer, httptest.NewRequestWithContext(
		context.Background(), http.MethodGet, "/readyz", http.NoBody))
	fmt.Print(answer.Code, " ", answer.Body)
	// Output: 503 the worker has not been started
}

// counter counts what activities end as. What it does not care for, NopObserver
// does.
type counter struct {
	aion.NopObserver

	ended chan string
}

func (c counter) ActivityEnded(info aion.Info, end aion.ActivityEnd) {
	c.ended <- fmt.Sprint(info.ActivityType, " completed: ", end.Failure == nil)
}

// An observer is given to the worker by its configuration.
func ExampleObserver() {
	engine, err := devengine.Start(devengine.Config{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = engine.Close() }()
	observer := counter{ended: make(chan string, 1)}
	worker, err := aion.NewWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: 1, Observer: observer,
	}, aion.NewFuncDispatcher(priceSpec, echo))
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	ended := make(chan error)
	go func() { ended <- worker.Run(ctx) }()
	if _, err := aion.Execute[String](ctx, engine, priceSpec, wrapperspb.String("tea")); err != nil {
		panic(err)
	}
	fmt.Println(<-observer.ended)
	stop()
	fmt.Println(<-ended)
	// Output:
	// price completed: true
	// <nil>
}

// A worker's main function begins so, most of the time.
func ExampleConfigFromEnv() {
	_ = os.Setenv("AION_WORKER_ENDPOINT", "aion-1:50051,aion-2:50051")
	_ = os.Setenv("AION_WORKER_CONCURRENCY", "64")
	cfg, err := aion.ConfigFromEnv()
	fmt.Println(cfg.Endpoint, cfg.MaxConcurrency, err)
	_ = os.Setenv("AION_WORKER_CONCURRENCY", "many")
	_, err = aion.ConfigFromEnv()
	fmt.Println(err)
	// Output:
	// aion-1:50051,aion-2:50051 64 <nil>
	// AION_WORKER_CONCURRENCY is "many": want a whole number of 1 or more
}

// Nobody runs this worker, so that its books are empty.
func ExampleWorker_Stats() {
	worker, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 64},
		aion.NewFuncDispatcher(priceSpec, echo))
	if err != nil {
		panic(err)
	}
	stats := worker.Stats()
	fmt.Printf("%d of %d slots, %d of %d streams, %d without an ack\n",
		stats.Running, stats.Slots, stats.Sessions, stats.Streams, stats.Unacknowledged)
	// Output: 0 of 64 slots, 0 of 8 streams, 0 without an ack
}
