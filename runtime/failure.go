package aion

// FailureKind tells an engine what a failed activity means for its workflow.
type FailureKind uint8

const (
	// KindRetryable leaves it to the workflow's retry policy. It is what an
	// unmarked error means.
	KindRetryable FailureKind = iota
	// KindTerminal ends the activity: no further attempt can help.
	KindTerminal
	// KindPolicyRefused says that policy forbids the activity here; the engine
	// tries the fallback queues of the action first.
	KindPolicyRefused
)

// String returns the kind as logs and errors write it.
func (k FailureKind) String() string {
	switch k {
	case KindRetryable:
		return "retryable"
	case KindTerminal:
		return "terminal"
	case KindPolicyRefused:
		return "policy refused"
	default:
		return "unknown"
	}
}

// Failure is the error of an activity together with what it means for the
// workflow. Handlers make one with Terminal, Retryable or PolicyRefused;
// an Executor returns one for an activity that failed for good.
type Failure struct { //nolint:errname // It is what the engine calls it.
	// Kind is what the failure means.
	Kind FailureKind

	err error
}

// Error returns the text of the error within.
func (f *Failure) Error() string {
	if f.err == nil {
		return errUnexplained.Error()
	}

	return f.err.Error()
}

// Unwrap returns the error within.
func (f *Failure) Unwrap() error { return f.err }

// Terminal marks err as final: the engine does not try the activity again. The
// mark is found anywhere in an error chain and outranks every other mark.
// Terminal(nil) is nil.
func Terminal(err error) error { return mark(KindTerminal, err) }

// Retryable marks err as worth another attempt, as far as the workflow's retry
// policy has one. Unmarked errors mean the same; the mark says that it is
// meant. Retryable(nil) is nil.
func Retryable(err error) error { return mark(KindRetryable, err) }

// PolicyRefused marks err as refused by policy: the engine tries the fallback
// queues of the workflow's action before it fails. PolicyRefused(nil) is nil.
func PolicyRefused(err error) error { return mark(KindPolicyRefused, err) }

func mark(kind FailureKind, err error) error {
	if err == nil {
		return nil
	}

	return &Failure{Kind: kind, err: err}
}

// KindOf returns what err means to the engine: terminal when any error of its
// tree is marked so, else policy refused when any is, else retryable. A typed
// failure without any mark is terminal.
func KindOf(err error) FailureKind {
	kind := KindRetryable
	marked, typed := false, false
	walk(err, func(e error) bool {
		switch e := e.(type) { //nolint:errorlint // The walk unwraps by itself.
		case *Failure:
			marked = true
			if e.Kind == KindTerminal || kind == KindRetryable {
				kind = e.Kind
			}
		case *typedFailure:
			typed = true
		}

		return kind != KindTerminal
	})
	if typed && !marked {
		return KindTerminal
	}

	return kind
}

// walk visits the errors in the tree of err until visit returns false, and
// reports whether it went through all of them.
func walk(err error, visit func(error) bool) bool {
	if err == nil {
		return true
	}
	if !visit(err) {
		return false
	}

	switch e := err.(type) { //nolint:errorlint // The walk unwraps by itself.
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if !walk(inner, visit) {
				return false
			}
		}
	}

	return true
}
