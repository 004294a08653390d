package otelaion_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// theSpan is the only span that there is.
func (h *harness) theSpan(tb testing.TB) tracetest.SpanStub {
	tb.Helper()
	synctest.Wait()
	spans := h.spans.GetSpans()
	if len(spans) != 1 {
		tb.Fatalf("got %d spans, want one", len(spans))
	}

	return spans[0]
}

type fullError struct{ text string }

func (e fullError) Error() string { return e.text }

func TestASpanTellsHowARunFailed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		book               bookFunc
		kind, typ          string
		status, event, exc string
	}{
		"an error": {
			book: failing(fullError{"no table"}),
			kind: "retryable", typ: "github.com/aion-go/aion/otel_test.fullError",
			status: "no table", event: "no table", exc: "otelaion_test.fullError",
		},
		"a terminal error": {
			book: failing(aion.Terminal(fullError{"closed"})),
			kind: "terminal", typ: "github.com/aion-go/aion/otel_test.fullError",
			status: "closed", event: "closed", exc: "*aion.Failure",
		},
		"a wrapped mark": {
			book: failing(fmt.Errorf("book: %w", aion.PolicyRefused(fullError{"not here"}))),
			kind: "policy_refused", typ: "github.com/aion-go/aion/otel_test.fullError",
			status: "book: not here", event: "book: not here", exc: "*fmt.wrapError",
		},
		"a panic": {
			book: func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
				panic(fullError{"boom"})
			},
			kind: "retryable", typ: "panic",
			status: "panic: boom", event: "boom", exc: "otelaion_test.fullError",
		},
		"the end of the goroutine": {
			book: func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
				runtime.Goexit()

				return &greeterv1.BookTableResponse{}, nil
			},
			kind: "retryable", typ: "no_return", status: "the handler ended its goroutine",
		},
		"its time": {
			book: untilDone, kind: "retryable", typ: "timed_out",
			status: "context deadline exceeded", event: "context deadline exceeded",
			exc: "context.deadlineExceededError",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := setup{worker: aion.Config{ActivityTimeout: time.Minute}}.run(t, tt.book)
				if _, err := h.book(t).Wait(); err == nil {
					t.Error("got no error, want one")
				}
				span := h.theSpan(t)
				attributes := attribute.NewSet(span.Attributes...)
				if !hasAll(attributes, []attribute.KeyValue{
					is("aion.failure.kind", tt.kind), is("error.type", tt.typ),
				}) {
					t.Errorf("got attributes %v, want the kind %q and the type %q",
						span.Attributes, tt.kind, tt.typ)
				}
				if span.Status.Code != codes.Error || span.Status.Description != tt.status {
					t.Errorf("got status %+v, want the error %q", span.Status, tt.status)
				}
				if tt.event == "" {
					return
				}
				if len(span.Events) != 1 || span.Events[0].Name != "exception" ||
					!hasAll(attribute.NewSet(span.Events[0].Attributes...), []attribute.KeyValue{
						is("exception.message", tt.event), is("exception.type", tt.exc),
					}) {
					t.Errorf("got events %+v, want one of %q, a %s", span.Events, tt.event, tt.exc)
				}
			})
		})
	}
}

func TestAPanicGoesOnAndItsSpanHasTheStackOfTheHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, panicking)
		call := h.book(t)
		if _, err := call.Wait(); err == nil || !strings.Contains(err.Error(), "panicked: boom") {
			t.Errorf("got %v, want that the worker reports the panic", err)
		}
		var stack string
		for _, a := range h.theSpan(t).Events[0].Attributes {
			if a.Key == "exception.stacktrace" {
				stack = a.Value.AsString()
			}
		}
		if !strings.Contains(stack, "otel_test.panicking") {
			t.Errorf("got stack %q, want the handler in it", stack)
		}
	})
}

func panicking(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
	panic("boom")
}

func TestACancelledRunSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, untilDone)
		call := h.book(t)
		call.WaitStarted()
		call.Cancel()
		call.HandlerRuns()
		attributes := attribute.NewSet(h.theSpan(t).Attributes...)
		if !hasAll(attributes, []attribute.KeyValue{
			is("error.type", "cancelled"), is("aion.failure.kind", "terminal"),
		}) {
			t.Errorf("got %v, want that it was cancelled", attributes.ToSlice())
		}
	})
}

func TestNothingOfATextThatIsRedactedIsInASpan(t *testing.T) {
	t.Parallel()
	for name, book := range map[string]bookFunc{
		"error": failing(fmt.Errorf("card of Zoe: %w", errors.New("declined"))),
		"panic": func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error) {
			panic("card of Zoe")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := setup{interceptor: []otelaion.InterceptorOption{
					otelaion.WithRedaction(func(string) string { return "hidden" }),
				}}.run(t, book)
				h.book(t).Wait()
				span := h.theSpan(t)
				text := fmt.Sprintf("%+v", span)
				if strings.Contains(text, "Zoe") || !strings.Contains(text, "hidden") {
					t.Errorf("got %s, want the text that stands for the error", text)
				}
			})
		})
	}
}

func TestASpanDescribesARun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var info aion.Info
		var within trace.SpanContext
		h := setup{}.run(t, func(
			ctx context.Context, _ *greeterv1.BookTableRequest,
		) (*greeterv1.BookTableResponse, error) {
			info, _ = aion.InfoFrom(ctx)
			within = trace.SpanContextFromContext(ctx)
			time.Sleep(time.Minute)

			return &greeterv1.BookTableResponse{Table: 4711}, nil
		})
		if _, err := h.book(t, aiontest.Attempt(3)).Wait(); err != nil {
			t.Fatal(err)
		}
		span := h.theSpan(t)
		want := attribute.NewSet(
			is("messaging.system", "aion"),
			is("messaging.operation.name", "process"),
			is("messaging.operation.type", "process"),
			is("messaging.destination.name", "concierge"),
			is("messaging.message.id", info.IdempotencyKey),
			is("messaging.client.id", "front-desk"),
			is("aion.namespace", "default"),
			is("aion.task_queue", "concierge"),
			is("aion.activity.type", "book_table"),
			attribute.Int("aion.activity.id", 0),
			attribute.Int("aion.activity.attempt", 3),
			is("aion.workflow.id", info.WorkflowID),
			is("aion.run.id", info.RunID),
		)
		if got := attribute.NewSet(span.Attributes...); !got.Equals(&want) {
			t.Errorf("got attributes %v, want %v", got.ToSlice(), want.ToSlice())
		}
		if span.Name != "process book_table" || span.SpanKind != trace.SpanKindConsumer {
			t.Errorf("got %q of kind %s, want a consumer named by the operation and the type",
				span.Name, span.SpanKind)
		}
		if span.Status.Code != codes.Unset || len(span.Events) != 0 {
			t.Errorf("got status %v and events %v, want none", span.Status, span.Events)
		}
		if !span.SpanContext.Equal(within) {
			t.Errorf("got %v in the handler's context, want the span, %v", within, span.SpanContext)
		}
		if took := span.EndTime.Sub(span.StartTime); took != time.Minute {
			t.Errorf("got a span of %s, want the minute of the run", took)
		}
		text, err := json.Marshal(span)
		if err != nil || strings.Contains(string(text), "Chez Ada") {
			t.Errorf("got %s, %v, want nothing of the payloads", text, err)
		}
	})
}

func TestTheNodeOfARegistrationIsInTheSpan(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	intercept := otelaion.NewInterceptor(otelaion.WithTracerProvider(
		sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))
	_, err := intercept(t.Context(), aion.Info{Node: "gpu-1"}, nil,
		nothing)
	if got := spans.GetSpans(); err != nil || len(got) != 1 ||
		!hasAll(attribute.NewSet(got[0].Attributes...), []attribute.KeyValue{is("aion.node", "gpu-1")}) {
		t.Errorf("got %v, %v, want a span with the node", got, err)
	}
}

// The trace context of the labels, as in the examples of the standard.
const (
	callerTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callerSpan  = "00f067aa0ba902b7"
)

var callerLabels = map[string]string{
	"traceparent": "00-" + callerTrace + "-" + callerSpan + "-01",
	"tracestate":  "rojo=1",
	"baggage":     "tenant=acme",
}

func TestARunIsAChildOfTheContextInItsLabels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{}.run(t, booked)
		if _, err := h.book(t, aiontest.Labels(callerLabels)).Wait(); err != nil {
			t.Fatal(err)
		}
		span := h.theSpan(t)
		if span.SpanContext.TraceID().String() != callerTrace ||
			span.Parent.SpanID().String() != callerSpan || !span.Parent.IsRemote() ||
			span.SpanContext.TraceState().Get("rojo") != "1" {
			t.Errorf("got %+v with the parent %+v, want the context of the labels",
				span.SpanContext, span.Parent)
		}
		if len(span.Links) != 0 {
			t.Errorf("got links %v, want none", span.Links)
		}
	})
}

func TestARunIsLinkedToTheContextInItsLabels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := setup{interceptor: []otelaion.InterceptorOption{otelaion.WithLinks()}}.run(t, booked)
		if _, err := h.book(t, aiontest.Labels(callerLabels)).Wait(); err != nil {
			t.Fatal(err)
		}
		span := h.theSpan(t)
		if span.Parent.IsValid() || span.SpanContext.TraceID().String() == callerTrace {
			t.Errorf("got %+v with the parent %+v, want a trace of its own", span.SpanContext, span.Parent)
		}
		if len(span.Links) != 1 || span.Links[0].SpanContext.SpanID().String() != callerSpan {
			t.Errorf("got links %+v, want one to the context of the labels", span.Links)
		}
	})
}

func TestARunWithoutAContextIsTheRootOfATrace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		labels map[string]string
		opts   []otelaion.InterceptorOption
	}{
		"no labels":            {},
		"no labels, linked":    {opts: []otelaion.InterceptorOption{otelaion.WithLinks()}},
		"a context of nothing": {labels: map[string]string{"traceparent": "00-0-0-01"}},
		"no propagator": {
			labels: callerLabels,
			opts: []otelaion.InterceptorOption{
				otelaion.WithPropagator(propagation.NewCompositeTextMapPropagator()),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := setup{interceptor: tt.opts}.run(t, booked)
				if _, err := h.book(t, aiontest.Labels(tt.labels)).Wait(); err != nil {
					t.Fatal(err)
				}
				if span := h.theSpan(t); span.Parent.IsValid() || len(span.Links) != 0 {
					t.Errorf("got parent %+v and links %v, want none", span.Parent, span.Links)
				}
			})
		})
	}
}
