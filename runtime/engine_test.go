package aion_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// The worker against the development engine, over real TCP.

func startEngine(t *testing.T, cfg devengine.Config) *devengine.Engine {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	engine, err := devengine.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })

	return engine
}

// bounded is a context that ends a test which hangs.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)

	return ctx
}

func greet(ctx context.Context, executor aion.Executor, name string) (string, error) {
	out, err := aion.Execute[message](ctx, executor, greetSpec, wrapperspb.String(name))

	return out.GetValue(), err
}

func TestAnActivityRunsThroughAnEngine(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{Token: "secret"})
	stop := runWorker(t, aion.Config{Endpoint: engine.Addr(), Token: aion.StaticToken("secret")},
		greeterDispatcher(&greeter{hello}))
	if got, err := greet(ctx, engine, "Ada"); err != nil || got != "Hello, Ada!" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := stop(); err != nil {
		t.Errorf("got %v from a graceful stop, want nil", err)
	}
	if left := len(engine.Workers()); left != 0 {
		t.Errorf("the engine still has %d workers", left)
	}
}

func TestRetriesSeeTheirAttemptAndTheSameIdempotencyKey(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{Retry: devengine.RetryPolicy{
		MaxRetries: 3, InitialBackoff: time.Millisecond,
	}})
	var infos []aion.Info
	runWorker(t, aion.Config{Endpoint: engine.Addr()}, greeterDispatcher(&greeter{
		func(ctx context.Context, name string) (message, error) {
			info, _ := aion.InfoFrom(ctx)
			infos = append(infos, info)
			if info.Attempt < 3 {
				return nil, errors.New("busy")
			}

			return hello(ctx, name)
		},
	}))
	if got, err := greet(ctx, engine, "Ada"); err != nil || got != "Hello, Ada!" {
		t.Fatalf("got %q, %v", got, err)
	}
	if len(infos) != 3 || infos[2].Attempt != 3 {
		t.Fatalf("got attempts %+v, want 3", infos)
	}
	if infos[0].IdempotencyKey == "" || infos[0].IdempotencyKey != infos[2].IdempotencyKey {
		t.Errorf("got keys %q and %q, want the same", infos[0].IdempotencyKey, infos[2].IdempotencyKey)
	}
}

func TestFailuresReachTheCallerWithTheirKind(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{Retry: devengine.RetryPolicy{
		MaxRetries: 1, InitialBackoff: time.Millisecond,
	}})
	runWorker(t, aion.Config{Endpoint: engine.Addr()}, greeterDispatcher(&greeter{
		func(_ context.Context, name string) (message, error) {
			switch name {
			case "terminal":
				return nil, fmt.Errorf("charge: %w", aion.Terminal(errors.New("declined")))
			case "policy":
				return nil, aion.PolicyRefused(errors.New("embargo"))
			default:
				return nil, errors.New("busy")
			}
		},
	}))
	for name, want := range map[string]aion.FailureKind{
		"terminal": aion.KindTerminal, "policy": aion.KindPolicyRefused, "busy": aion.KindRetryable,
	} {
		_, err := greet(ctx, engine, name)
		var failure *aion.Failure
		if !errors.As(err, &failure) || failure.Kind != want {
			t.Errorf("got %v, want a failure that is %s", err, want)
		}
	}
}

func TestACallersCancellationReachesTheHandler(t *testing.T) {
	t.Parallel()
	engine := startEngine(t, devengine.Config{})
	started, cause := make(chan struct{}), make(chan error, 1)
	runWorker(t, aion.Config{Endpoint: engine.Addr()}, greeterDispatcher(&greeter{
		func(ctx context.Context, _ string) (message, error) {
			close(started)
			<-ctx.Done()
			cause <- context.Cause(ctx)

			return nil, ctx.Err()
		},
	}))
	ctx, cancel := context.WithCancel(bounded(t))
	go func() {
		<-started
		cancel()
	}()
	if _, err := greet(ctx, engine, "Ada"); !errors.Is(err, devengine.ErrCancelled) {
		t.Errorf("got %v, want a cancelled run", err)
	}
	if got := <-cause; !errors.Is(got, aion.ErrCancelledByEngine) {
		t.Errorf("got cause %v, want cancelled by the engine", got)
	}
}

func TestALostStreamRunsNothingTwice(t *testing.T) {
	t.Parallel()
	const activities = 20
	ctx, engine := bounded(t), startEngine(t, devengine.Config{})
	var mu sync.Mutex
	starts := map[string]int{}
	release := make(chan struct{})
	held := make(chan struct{}, activities)
	handler := &greeter{func(ctx context.Context, name string) (message, error) {
		mu.Lock()
		starts[name]++
		mu.Unlock()
		held <- struct{}{}
		<-release

		return hello(ctx, name)
	}}
	w, err := aion.NewWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: activities, Logger: slog.New(slog.DiscardHandler),
		InitialBackoff: 10 * time.Millisecond,
	}, greeterDispatcher(handler))
	if err != nil {
		t.Fatal(err)
	}
	working, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(working) }()
	var calls sync.WaitGroup
	var failures atomic.Int64
	for n := range activities {
		calls.Go(func() {
			name := strconv.Itoa(n)
			if got, err := greet(ctx, engine, name); err != nil || got != "Hello, "+name+"!" {
				failures.Add(1)
			}
		})
	}
	for range activities {
		<-held
	}
	for range 5 {
		if err := engine.WaitForWorkers(ctx, "greeter", 1); err != nil {
			t.Fatal(err)
		}
		if err := engine.Disconnect(engine.Workers()[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	calls.Wait()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if failures.Load() != 0 {
		t.Errorf("%d activities failed", failures.Load())
	}
	for name, n := range starts {
		if n != 1 {
			t.Errorf("activity %s was started %d times, want once", name, n)
		}
	}
}

func TestTwoQueuesShareTheSlotsOfOneWorker(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{})
	other := aion.ActivitySpec{TaskQueue: "other", Type: "greet"}
	runWorker(t, aion.Config{Endpoint: engine.Addr()},
		greeterDispatcher(&greeter{hello}), aion.NewFuncDispatcher(other, (&greeter{hello}).Greet))
	for _, spec := range []aion.ActivitySpec{greetSpec, other} {
		out, err := aion.Execute[message](ctx, engine, spec, wrapperspb.String("Ada"))
		if err != nil || out.GetValue() != "Hello, Ada!" {
			t.Errorf("got %v, %v on queue %q", out, err, spec.TaskQueue)
		}
	}
}

func TestOneWorkerServesTwoEngines(t *testing.T) {
	t.Parallel()
	ctx := bounded(t)
	first, second := startEngine(t, devengine.Config{}), startEngine(t, devengine.Config{})
	runWorker(
		t,
		aion.Config{Endpoint: first.Addr() + ", " + second.Addr()},
		greeterDispatcher(&greeter{hello}),
	)
	for _, engine := range []*devengine.Engine{first, second} {
		if got, err := greet(ctx, engine, "Ada"); err != nil || got != "Hello, Ada!" {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestADrainedWorkerComesBack(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{})
	runWorker(t, aion.Config{Endpoint: engine.Addr()}, greeterDispatcher(&greeter{hello}))
	if err := engine.WaitForWorkers(ctx, "greeter", 1); err != nil {
		t.Fatal(err)
	}
	first := engine.Workers()[0].ID
	if err := engine.DrainWorker(first); err != nil {
		t.Fatal(err)
	}
	if got, err := greet(ctx, engine, "Ada"); err != nil || got != "Hello, Ada!" {
		t.Fatalf("got %q, %v after a drain", got, err)
	}
	if now := engine.Workers()[0].ID; now == first {
		t.Errorf("worker %d still serves after its drain", now)
	}
}

func TestAContractMismatchIsRetriedUntilTheDeploymentFits(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{})
	err := engine.Deploy("greeter", aion.ActivityContract{
		Type: "greet", InputSchema: []byte(`{"type":"integer"}`), OutputSchema: []byte(`{"type":"string"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{lines: make(chan string, 64)}
	runWorker(t, aion.Config{
		Endpoint:       engine.Addr(),
		InitialBackoff: time.Millisecond,
		MaxBackoff:     10 * time.Millisecond,
		MaxAttempts:    -1,
		Logger:         slog.New(slog.NewTextHandler(log, nil)),
	}, greeterDispatcher(&greeter{hello}))
	log.waitFor(t, "WORKER_CONTRACT_MISMATCH")
	engine.Undeploy("greeter")
	if got, err := greet(ctx, engine, "Ada"); err != nil || got != "Hello, Ada!" {
		t.Fatalf("got %q, %v once the deployment fits", got, err)
	}
}

func TestADeniedTokenEndsRun(t *testing.T) {
	t.Parallel()
	engine := startEngine(t, devengine.Config{Token: "secret"})
	err := run(
		t,
		aion.Config{Endpoint: engine.Addr(), Token: aion.StaticToken("wrong")},
		greeterDispatcher(&greeter{hello}),
	)
	var refused *aion.RegistrationError
	if !errors.As(err, &refused) || !refused.Denied() || !strings.Contains(err.Error(), "token") {
		t.Fatalf("got %v, want a denial that speaks of the token", err)
	}
}

func TestManyActivitiesAtOnceAllComeBack(t *testing.T) {
	t.Parallel()
	ctx, engine := bounded(t), startEngine(t, devengine.Config{})
	runWorker(t, aion.Config{Endpoint: engine.Addr()}, greeterDispatcher(&greeter{hello}))
	var calls sync.WaitGroup
	var failures atomic.Int64
	for n := range 500 {
		calls.Go(func() {
			if got, err := greet(
				ctx,
				engine,
				strconv.Itoa(n),
			); err != nil ||
				got != fmt.Sprintf("Hello, %d!", n) {
				failures.Add(1)
			}
		})
	}
	calls.Wait()
	if failures.Load() != 0 {
		t.Fatalf("%d of 500 activities failed", failures.Load())
	}
}
