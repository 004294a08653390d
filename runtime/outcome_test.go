package aion_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	aion "github.com/aion-go/aion/runtime"
)

func TestRule9TheCauseAndTheMarkDecideTogether(t *testing.T) {
	t.Parallel()
	declined := errors.New("declined")
	for name, tt := range map[string]struct {
		cause error
		err   error
		want  aion.FailureKind
	}{
		"cancelled, and refused by policy": {
			aion.ErrCancelledByEngine, aion.PolicyRefused(declined), aion.KindPolicyRefused,
		},
		"timed out, and marked terminal": {
			aion.ErrTimedOut, aion.Terminal(aion.ErrTimedOut), aion.KindRetryable,
		},
		"timed out, and another terminal error": {
			aion.ErrTimedOut, aion.Terminal(declined), aion.KindTerminal,
		},
		"superseded": {aion.ErrSuperseded, context.Canceled, aion.KindRetryable},
		"running, and a cancellation of its own": {
			nil, context.Canceled, aion.KindRetryable,
		},
		"running, and a terminal cancellation of its own": {
			nil, aion.Terminal(context.Canceled), aion.KindTerminal,
		},
		"refused by policy, then terminal": {
			nil, errors.Join(aion.PolicyRefused(declined), aion.Terminal(declined)), aion.KindTerminal,
		},
		"terminal, then refused by policy": {
			nil, errors.Join(aion.Terminal(declined), aion.PolicyRefused(declined)), aion.KindTerminal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if tt.cause != nil {
				cancel(tt.cause)
			}
			if got := aion.Failed(ctx, tt.err).Failure.Kind; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// typedNilError is an error whose text cannot be had.
type typedNilError struct{ text string }

func (e *typedNilError) Error() string { return e.text }

func TestRule9AnErrorThatPanicsIsTheHandlersPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorker(1), newSession()
		w.serve(t, s, failing((*typedNilError)(nil)))
		s.deliver(task(1))
		got := s.sent(aion.FrameResult)
		if len(got) != 1 || !strings.Contains(got[0].Outcome.Failure.Error(), "panicked") {
			t.Fatalf("got %+v, want a panic as the reason: the text is asked for where it is caught", got)
		}
	})
}
