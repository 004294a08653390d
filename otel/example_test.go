package otelaion_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

type greeter struct{}

func (greeter) Greet(
	_ context.Context, in *greeterv1.GreetRequest,
) (*greeterv1.GreetResponse, error) {
	return &greeterv1.GreetResponse{Message: "Hello, " + in.GetName() + "!"}, nil
}

func Example() {
	ctx, stop := context.WithCancel(context.Background())
	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{Logger: quiet})
	if err != nil {
		panic(err)
	}
	spans, metrics := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()

	observer := otelaion.NewObserver(otelaion.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics))))
	interceptor := otelaion.NewInterceptor(otelaion.WithTracerProvider(
		sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))
	worker, err := aion.NewWorker(
		aion.Config{Endpoint: engine.Addr(), MaxConcurrency: 8, Observer: observer, Logger: quiet},
		greeterv1.NewGreeterDispatcher(greeter{}, aion.WithInterceptors(interceptor)),
	)
	if err != nil {
		panic(err)
	}
	unwatch := observer.Watch(worker)
	left := make(chan error)
	go func() { left <- worker.Run(ctx) }()

	out, err := greeterv1.NewGreeterStub(engine).Greet(ctx, &greeterv1.GreetRequest{Name: "Ada"})
	fmt.Println(out.GetMessage(), err)
	stop()
	engine.Close()
	fmt.Println("worker:", <-left)

	for _, span := range spans.GetSpans() {
		fmt.Println("span:", span.Name, span.SpanKind)
	}
	var data metricdata.ResourceMetrics
	err = metrics.Collect(context.Background(), &data)
	fmt.Println("metrics:", err, len(data.ScopeMetrics[0].Metrics) > 7)
	unwatch()
	// Output:
	// Hello, Ada! <nil>
	// worker: <nil>
	// span: process greet consumer
	// metrics: <nil> true
}

func ExampleWithRedaction() {
	spans := tracetest.NewInMemoryExporter()
	interceptor := otelaion.NewInterceptor(
		otelaion.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		otelaion.WithRedaction(func(string) string { return "see the log" }),
	)
	_, _ = interceptor(context.Background(), aion.Info{ActivityType: "charge"}, nil, refused)
	fmt.Println(spans.GetSpans()[0].Status.Description)
	// Output: see the log
}

func ExampleWithLinks() {
	spans := tracetest.NewInMemoryExporter()
	interceptor := otelaion.NewInterceptor(
		otelaion.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		otelaion.WithPropagator(traceContext),
		otelaion.WithLinks(),
	)
	info := aion.Info{ActivityType: "charge", Labels: map[string]string{
		"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	}}
	_, _ = interceptor(context.Background(), info, nil, nothing)
	fmt.Println(spans.GetSpans()[0].Links[0].SpanContext.TraceID())
	// Output: 4bf92f3577b34da6a3ce929d0e0e4736
}

func ExampleObserver_Stuck() {
	observer := otelaion.NewObserver(
		otelaion.WithStuckFactor(20), otelaion.WithStuckAfter(time.Minute))
	for _, s := range observer.Stuck() { // Of the workers that Watch was called with.
		fmt.Printf("%s of workflow %s is %s: it usually takes %s\n",
			s.ActivityType, s.WorkflowID, s.Reason, s.Usual)
	}
	fmt.Println(len(observer.Stuck()), "stuck")
	// Output: 0 stuck
}
