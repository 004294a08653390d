package aion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// frameOverhead is room for the tags and lengths around a payload.
	frameOverhead = 128
	// maxFailureMessage bounds the text of a failure, in bytes.
	maxFailureMessage = 64 << 10
)

// Outcome is how a task ended: with a result or with a failure.
type Outcome struct {
	// Result is the result, a JSON text; it counts when Failure is nil.
	Result []byte
	// Failure says why the activity failed; nil when it completed.
	Failure *Failure

	// encoded says that Result was written by this package's codec and needs
	// no further look.
	encoded bool
}

// Completed is the outcome of an activity that returned result, a JSON text.
func Completed(result []byte) Outcome { return Outcome{Result: result} }

// Failed is the outcome of an activity that returned err while ctx, its own
// context, was as it is now. The engine is told to retry unless err is marked
// otherwise. An error because the engine cancelled the activity is terminal;
// one because the worker stops, or its ActivityTimeout is over, is retryable
// whatever its mark.
func Failed(ctx context.Context, err error) Outcome {
	kind, cause := KindOf(err), context.Cause(ctx)
	interrupted := cause != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, cause))
	switch {
	case errors.Is(cause, ErrCancelledByEngine) && interrupted:
		return failed(KindTerminal, errCancelled)
	case errors.Is(cause, ErrCancelledByEngine) && kind == KindRetryable:
		return failed(KindTerminal, fmt.Errorf("%w: %w", errCancelled, err))
	case (errors.Is(cause, ErrWorkerStopping) || errors.Is(cause, ErrTimedOut)) && interrupted:
		return failed(KindRetryable, fmt.Errorf("%w: %w", cause, err))
	default:
		return failed(kind, err)
	}
}

var errCancelled error = cancelledError{}

// cancelledError is ErrCancelledByEngine in a word, which is what the engine is
// told.
type cancelledError struct{}

func (cancelledError) Error() string { return "cancelled" }

func (cancelledError) Unwrap() error { return ErrCancelledByEngine }

func failed(kind FailureKind, err error) Outcome {
	return Outcome{Failure: &Failure{Kind: kind, err: err}}
}

// terminal is the outcome of a task that cannot be run or reported.
func terminal(format string, args ...any) Outcome {
	return failed(KindTerminal, fmt.Errorf(format, args...))
}

// sendable returns the outcome of a task as it may leave the worker: a result
// that is too large, or no JSON, becomes a terminal failure, because the engine
// would end the stream or hang the task.
func sendable(task *Task, outcome Outcome) Outcome {
	if outcome.Failure != nil {
		if outcome.Failure.err == nil {
			outcome.Failure = &Failure{Kind: outcome.Failure.Kind, err: errUnexplained}
		}
		outcome.Failure = &Failure{
			Kind: outcome.Failure.Kind,
			err:  &spokenError{text: failureMessage(outcome.Failure), err: outcome.Failure.err},
		}

		return outcome
	}
	ids := len(task.WorkflowID) + len(task.RunID) + len(task.CompletionToken)
	if ids+len(outcome.Result)+frameOverhead > MaxFrameBytes {
		return terminal("activity %q: the result has %d bytes, and a frame to the engine at most %d: "+
			"return a reference to large data", task.ActivityType, len(outcome.Result), MaxFrameBytes)
	}
	if !outcome.encoded && (!utf8.Valid(outcome.Result) || !json.Valid(outcome.Result)) {
		return terminal("activity %q: the result is no JSON text in UTF-8: "+
			"return what encoding/json would write", task.ActivityType)
	}

	return outcome
}

// spokenError is an error whose text was asked for in its handler's goroutine,
// where a panic of its Error method is the activity's.
type spokenError struct {
	text string
	err  error
}

func (e *spokenError) Error() string { return e.text }

func (e *spokenError) Unwrap() error { return e.err }

var errUnexplained = errors.New("failed without a reason")

// failureMessage is the text of a failure as the wire can carry it: valid
// UTF-8 of bounded length.
func failureMessage(f *Failure) string {
	text := strings.ToValidUTF8(f.Error(), "\uFFFD")
	if len(text) <= maxFailureMessage {
		return text
	}
	cut := maxFailureMessage
	for !utf8.RuneStart(text[cut]) {
		cut--
	}

	return fmt.Sprintf("%s… (%d bytes in all)", text[:cut], len(text))
}
