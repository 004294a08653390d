package otelaion

import (
	"context"
	"errors"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/grpc/status"

	aion "github.com/aion-go/aion/runtime"
)

// The values of error.type for what is no error of the handler's own.
const (
	errorPanic    = "panic"
	errorNoReturn = "no_return"
	errorOther    = "_OTHER"
)

// causes are the errors that say why the run of an activity ended early, and the
// values of error.type for them.
var causes = []struct {
	err       error
	errorType string
}{
	{aion.ErrPanicked, errorPanic},
	{aion.ErrCancelledByEngine, "cancelled"},
	{aion.ErrSuperseded, "superseded"},
	{aion.ErrTimedOut, "timed_out"},
	{aion.ErrWorkerStopping, "worker_stopping"},
}

// causeType is the error.type of an error that has one of the causes, else "".
func causeType(err error) string {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.errorType
		}
	}

	return ""
}

// errorType is the error.type of what a handler returned while ctx was as it is now:
// the cause if there is one, else the Go type of the error, without any mark.
func errorType(ctx context.Context, err error) string {
	if t := causeType(aion.Failed(ctx, err).Failure); t != "" {
		return t
	}
	for {
		marked, ok := errors.AsType[*aion.Failure](err)
		if !ok || marked.Unwrap() == nil {
			return semconv.ErrorType(err).Value.AsString()
		}
		err = marked.Unwrap()
	}
}

// sessionErrorType is the error.type of the end of a session, or of an attempt to
// have one: the engine's code if it gave one. There are few of them.
func sessionErrorType(err error) string {
	if refused, ok := errors.AsType[*aion.RegistrationError](err); ok {
		return refused.Code.String()
	}
	if s, ok := status.FromError(err); ok {
		return s.Code().String()
	}

	return errorOther
}

// kindName is how attributes write a kind of failure.
func kindName(kind aion.FailureKind) string {
	switch kind {
	case aion.KindTerminal:
		return "terminal"
	case aion.KindPolicyRefused:
		return "policy_refused"
	case aion.KindRetryable:
		return "retryable"
	default:
		return errorOther
	}
}
