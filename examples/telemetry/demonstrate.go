package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// stuckAfter is short, so that one sees a stuck activity soon.
const stuckAfter = time.Second

// demonstrate runs an engine, a worker and its guests until ctx ends.
func demonstrate(ctx context.Context, s settings, out io.Writer) error {
	spans, err := sendSpans(ctx, s.otlp, out)
	if err != nil {
		return err
	}
	defer shutDown(ctx, spans)
	metrics, stopMetrics, err := usePrometheus()
	if err != nil {
		return err
	}
	defer shutDown(ctx, stopMetrics)

	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{Logger: quiet})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	observer := otelaion.NewObserver(otelaion.WithStuckAfter(stuckAfter))
	worker, err := newWorker(aion.Config{
		Endpoint: engine.Addr(), MaxConcurrency: 8, Observer: observer, Logger: quiet,
	})
	if err != nil {
		return err
	}
	defer observer.Watch(worker)()
	page, err := servePage(ctx, s.listen, metrics, worker.HealthHandler())
	if err != nil {
		return err
	}
	defer page.close()
	fmt.Fprintf(out, "metrics  http://%s/metrics\nprobes   http://%s/livez and http://%s/readyz\n\n",
		page.address, page.address, page.address)

	return work(ctx, worker, engine)
}

// newWorker makes the worker of both services, each within spans.
func newWorker(cfg aion.Config) (*aion.Worker, error) {
	spans := aion.WithInterceptors(otelaion.NewInterceptor())

	return aion.NewWorker(cfg,
		greeterv1.NewGreeterDispatcher(greeter{}, spans),
		greeterv1.NewConciergeDispatcher(&concierge{}, spans),
	)
}

// work runs the worker, and guests that keep it busy, until ctx ends or the worker
// fails.
func work(ctx context.Context, worker *aion.Worker, engine *devengine.Engine) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var guests sync.WaitGroup
	for _, w := range wishes {
		guests.Go(func() { w.comeAndGo(ctx, engine) })
	}
	err := worker.Run(ctx)
	stop()
	guests.Wait()

	return err
}

// shutDown lets a provider send what it has. It is given a second, also after ctx has
// ended.
func shutDown(ctx context.Context, shutDown func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := shutDown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("telemetry not sent", "error", err)
	}
}
