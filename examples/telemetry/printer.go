package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// printer is a span exporter that writes a line for each span.
type printer struct{ out io.Writer }

var _ sdktrace.SpanExporter = printer{}

// ExportSpans prints spans.
func (p printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		if _, err := fmt.Fprintln(p.out, describe(span)); err != nil {
			return err
		}
	}

	return nil
}

// Shutdown does nothing: nothing is kept.
func (printer) Shutdown(context.Context) error { return nil }

// describe puts a span into a line: trace, name, duration, attempt and failure.
func describe(span sdktrace.ReadOnlySpan) string {
	attributes := attribute.NewSet(span.Attributes()...)
	var line strings.Builder
	fmt.Fprintf(&line, "trace %.8s  %-22s %10s", span.SpanContext().TraceID(), span.Name(),
		span.EndTime().Sub(span.StartTime()).Round(time.Microsecond))
	if attempt, ok := attributes.Value("aion.activity.attempt"); ok {
		fmt.Fprintf(&line, "  attempt %d", attempt.AsInt64())
	}
	if span.Status().Code == codes.Error {
		fmt.Fprintf(&line, "  error: %s", span.Status().Description)
	}
	if kind, ok := attributes.Value("aion.failure.kind"); ok {
		fmt.Fprintf(&line, " (%s)", kind.AsString())
	}

	return line.String()
}

// lockedWriter lets one write at a time.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer // Guarded by mu.
}

func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.to.Write(text)
}
