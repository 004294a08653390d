package otelaion

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/version"
	aion "github.com/aion-go/aion/runtime"
)

// operation is what a worker does with a task, by the conventions of messaging. The
// name of a span is that and the activity type.
const operation = "process"

// NewInterceptor returns an interceptor that makes a span of each run of an
// activity. Let it be the outermost, so that the others are within the span:
//
//	shopv1.NewShopDispatcher(shop{}, aion.WithInterceptors(otelaion.NewInterceptor(), …))
//
// The span is of the kind consumer and named "process" and the activity type. Its
// parent is the trace context in the labels of the activity; without one it is the
// root of a trace. The handler's context has the span, and the baggage that the
// labels carry. A failed run, and one that panicked, has the status error, and the
// error or the panic as an event; the panic goes on.
func NewInterceptor(opts ...InterceptorOption) aion.Interceptor {
	cfg := newInterceptorConfig(opts)
	t := tracer{
		cfg: cfg,
		tracer: cfg.tracerProvider.Tracer(scope,
			trace.WithInstrumentationVersion(version.Version), trace.WithSchemaURL(semconv.SchemaURL)),
	}

	return t.intercept
}

type tracer struct {
	cfg    interceptorConfig
	tracer trace.Tracer
}

// intercept is an aion.Interceptor.
func (t tracer) intercept(
	ctx context.Context, info aion.Info, in proto.Message, next aion.Next,
) (proto.Message, error) {
	ctx, span := t.start(ctx, &info)
	returned := false
	defer func() {
		if returned {
			span.End()

			return
		}
		reason := recover()
		t.recordNoReturn(span, reason)
		span.End() // While nothing panics: it would record the panic's text itself.
		if reason != nil {
			panic(reason) // The worker tells the engine, and logs where it came from.
		}
	}()
	out, err := next(ctx, in)
	if err != nil {
		t.recordFailure(ctx, span, err)
	}
	returned = true

	return out, err
}

// start starts the span of a run.
func (t tracer) start(ctx context.Context, info *aion.Info) (context.Context, trace.Span) {
	opts := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(spanAttributes(info)...),
	}
	ctx = t.cfg.propagator.Extract(ctx, propagation.MapCarrier(info.Labels))
	if t.cfg.links {
		opts = append(opts, trace.WithNewRoot())
		if caller := trace.SpanContextFromContext(ctx); caller.IsValid() {
			opts = append(opts, trace.WithLinks(trace.Link{SpanContext: caller}))
		}
	}

	name := operation + " " + info.ActivityType

	return t.tracer.Start(ctx, name, opts...) //nolint:spancheck // The caller ends it.
}

// recordFailure notes the error of a handler, as the engine will see it.
func (t tracer) recordFailure(ctx context.Context, span trace.Span, err error) {
	if !span.IsRecording() {
		return
	}
	kind := aion.Failed(ctx, err).Failure.Kind
	text := t.cfg.redact(err.Error())
	span.SetAttributes(
		semconv.ErrorTypeKey.String(errorType(ctx, err)), keyFailureKind.String(kindName(kind)))
	span.SetStatus(codes.Error, text)
	span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
		semconv.ExceptionType(reflect.TypeOf(err).String()), semconv.ExceptionMessage(text)))
}

// recordNoReturn notes that a handler panicked for a reason, or has ended its
// goroutine without one.
func (t tracer) recordNoReturn(span trace.Span, reason any) {
	if !span.IsRecording() {
		return
	}
	kind := keyFailureKind.String(kindName(aion.KindRetryable))
	if reason == nil {
		span.SetAttributes(semconv.ErrorTypeKey.String(errorNoReturn), kind)
		span.SetStatus(codes.Error, "the handler ended its goroutine")

		return
	}
	text := t.cfg.redact(fmt.Sprint(reason))
	event := []attribute.KeyValue{
		semconv.ExceptionType(fmt.Sprintf("%T", reason)),
		semconv.ExceptionMessage(text),
		semconv.ExceptionStacktrace(string(debug.Stack())),
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(errorPanic), kind)
	span.SetStatus(codes.Error, "panic: "+text)
	span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(event...))
}
