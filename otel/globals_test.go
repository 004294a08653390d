package otelaion_test

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/protobuf/proto"

	aion "github.com/aion-go/aion/runtime"
)

// nothing is a handler that does nothing.
func nothing(_ context.Context, in proto.Message) (proto.Message, error) { return in, nil }

// refused is a handler that fails.
func refused(context.Context, proto.Message) (proto.Message, error) {
	return nil, aion.PolicyRefused(errors.New("card of Zoe is declined"))
}

var traceContext propagation.TraceContext

// setGlobals sets the global providers for the time of a test.
func setGlobals(t *testing.T) (*sdkmetric.ManualReader, *tracetest.InMemoryExporter) {
	t.Helper()
	meters, tracers := otel.GetMeterProvider(), otel.GetTracerProvider()
	propagator := otel.GetTextMapPropagator()
	t.Cleanup(func() {
		otel.SetMeterProvider(meters)
		otel.SetTracerProvider(tracers)
		otel.SetTextMapPropagator(propagator)
	})
	reader, spans := sdkmetric.NewManualReader(), tracetest.NewInMemoryExporter()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	otel.SetTextMapPropagator(propagation.TraceContext{})

	return reader, spans
}
