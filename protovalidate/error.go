package validate

import (
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
)

// Part is a message of an activity.
type Part string

// The messages of an activity.
const (
	Input  Part = "input"
	Output Part = "output"
)

// Error says that a message of an activity is not as its rules want it, or that they
// cannot be checked. It unwraps to what the validator returned:
// a *protovalidate.ValidationError, *protovalidate.CompilationError or
// *protovalidate.RuntimeError.
type Error struct {
	// ActivityType is the activity.
	ActivityType string
	// Part is the message.
	Part Part

	err error
}

// Error names the activity, and each violation with its path:
//
//	activity "order": input.customer: must be at least 2 characters; input.items[1].count: …
func (e *Error) Error() string {
	violated, ok := errors.AsType[*protovalidate.ValidationError](e.err)
	if !ok {
		return fmt.Sprintf("activity %q: the rules of its %s cannot be checked: %v: correct them",
			e.ActivityType, e.Part, e.err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "activity %q: ", e.ActivityType)
	if e.Part == Output {
		text.WriteString("its implementation returned what its rules forbid: ")
	}
	for i, v := range violated.Violations {
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(string(e.Part))
		if protovalidate.FieldPathString(v.Proto.GetField()) == "" {
			text.WriteString(": ")
		} else {
			text.WriteString(".")
		}
		text.WriteString(v.String())
	}

	return text.String()
}

// Unwrap returns the error of the validator.
func (e *Error) Unwrap() error { return e.err }
