package otelaion_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
	"github.com/aion-go/aion/runtime/devengine"
)

// bookFunc is a BookTable.
type bookFunc func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error)

// booked is a BookTable that finds a table.
func booked(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
	return &greeterv1.BookTableResponse{Table: 7}, nil
}

// failing is a BookTable that fails.
func failing(err error) bookFunc {
	return func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
		return nil, err
	}
}

// untilDone is a BookTable that only its context ends.
func untilDone(ctx context.Context, _ *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
	<-ctx.Done()

	return nil, ctx.Err()
}

// until is a BookTable that ends with a signal, whatever its context.
func until(signal <-chan struct{}) bookFunc {
	return func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
		<-signal

		return &greeterv1.BookTableResponse{}, nil
	}
}

var table = &greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2}

// harness is an engine and a worker with telemetry. Nothing is tried again.
type harness struct {
	*aiontest.Engine

	spans    *tracetest.InMemoryExporter
	metrics  *sdkmetric.ManualReader
	observer *otelaion.Observer
}

// setup says what a harness is made of.
type setup struct {
	worker      aion.Config
	engine      devengine.Config
	interceptor []otelaion.InterceptorOption
	observer    []otelaion.ObserverOption
}

func (s setup) run(tb testing.TB, book bookFunc) *harness {
	tb.Helper()
	h := &harness{spans: tracetest.NewInMemoryExporter(), metrics: sdkmetric.NewManualReader()}
	interceptor := otelaion.NewInterceptor(append([]otelaion.InterceptorOption{
		otelaion.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(h.spans))),
		otelaion.WithPropagator(propagation.TraceContext{}),
	}, s.interceptor...)...)
	h.observer = otelaion.NewObserver(append([]otelaion.ObserverOption{
		otelaion.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(h.metrics))),
	}, s.observer...)...)
	s.worker.Observer = h.observer
	s.worker.Identity = "front-desk"
	s.engine.Retry = devengine.RetryPolicy{MaxRetries: devengine.NoRetries}
	h.Engine = aiontest.Config{Worker: s.worker, Engine: s.engine}.Run(tb,
		greeterv1.NewConciergeBookTableDispatcher(book, aion.WithInterceptors(interceptor)))
	tb.Cleanup(h.observer.Watch(h.Worker()))

	return h
}

// book starts an activity.
func (h *harness) book(tb testing.TB, opts ...aiontest.Option) *aiontest.Call[*greeterv1.BookTableResponse] {
	tb.Helper()

	return aiontest.Start(tb, greeterv1.NewConciergeStub(h).BookTable, table, opts...)
}

// collect reads all metrics.
func (h *harness) collect(tb testing.TB) map[string]metricdata.Metrics {
	tb.Helper()
	var data metricdata.ResourceMetrics
	if err := h.metrics.Collect(tb.Context(), &data); err != nil {
		tb.Fatal(err)
	}
	metrics := map[string]metricdata.Metrics{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			metrics[m.Name] = m
		}
	}

	return metrics
}

// point is a value with its attributes.
type point struct {
	attributes attribute.Set
	value      float64 // The number of values of a histogram.
}

func pointsOf(m metricdata.Metrics) []point {
	var points []point
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			points = append(points, point{p.Attributes, float64(p.Value)})
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			points = append(points, point{p.Attributes, float64(p.Count)})
		}
	}

	return points
}

// value adds up the points of a metric that have all attributes; -1 when none does.
func (h *harness) value(tb testing.TB, name string, attributes ...attribute.KeyValue) float64 {
	tb.Helper()
	sum, found := 0.0, false
	for _, p := range pointsOf(h.collect(tb)[name]) {
		if hasAll(p.attributes, attributes) {
			sum, found = sum+p.value, true
		}
	}
	if !found {
		return -1
	}

	return sum
}

func hasAll(set attribute.Set, attributes []attribute.KeyValue) bool {
	for _, a := range attributes {
		if v, ok := set.Value(a.Key); !ok || v != a.Value {
			return false
		}
	}

	return true
}

// want is an assertion on a metric.
func (h *harness) want(tb testing.TB, want float64, name string, attributes ...attribute.KeyValue) {
	tb.Helper()
	if got := h.value(tb, name, attributes...); got != want {
		tb.Errorf("%s%v: got %v, want %v", name, attributes, got, want)
	}
}

func is(key, value string) attribute.KeyValue { return attribute.String(key, value) }
