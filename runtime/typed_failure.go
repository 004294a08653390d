package aion

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
)

// typedFailure is an error whose text carries a message. An engine passes on
// the text of a failure and nothing else.
type typedFailure struct{ text string } //nolint:errname // As Failure.

func (f *typedFailure) Error() string { return f.text }

// NewTypedFailure returns the error of an activity that failed for what details
// say; generated constructors call it. Its text is the full name of the message
// and its JSON, with enums spelled in the case given:
//
//	shop.v1.CardDeclined: {"code":"expired"}
//
// The failure is terminal, unless Retryable or PolicyRefused marks it. The text
// reaches the workflow cut short after 64 KiB, and TypedFailureFrom does not
// find details that are cut: keep them small. Details that have no payload, nil
// among them, give an error that says so instead of carrying them; it means the
// same to the engine.
func NewTypedFailure(details proto.Message, enumCase EnumCase) error {
	if details == nil {
		return &typedFailure{"a failure has nil for details: pass a message"}
	}
	desc := details.ProtoReflect().Descriptor()
	plan, err := contract.Output(desc, enumCase.message())
	if err != nil {
		return &typedFailure{fmt.Sprintf("the details of a failure: %v", err)}
	}
	text, err := plan.Append([]byte(typedFailureMark(details)), details)
	if err != nil {
		return &typedFailure{fmt.Sprintf("the details of a failure, %s: %v", desc.FullName(), err)}
	}

	return &typedFailure{string(text)}
}

// TypedFailureFrom finds the details of a failure in an error; generated
// functions call it. It looks for the text that NewTypedFailure writes, in
// the error and in all that it wraps, and other text around it does no harm: so
// it finds them in the error of a stub as well as in one that a handler
// returns. The case is that of the failure; enums are read in any spelling. The
// first details that fit are returned; it is false if there are none.
func TypedFailureFrom[M proto.Message](err error, enumCase EnumCase) (M, bool) {
	var none M
	message := none.ProtoReflect().Type().New().Interface()
	plan, unfit := contract.Output(message.ProtoReflect().Descriptor(), enumCase.message())
	if err == nil || unfit != nil {
		return none, false
	}
	missing := walk(err, func(e error) bool { return !findDetails(e.Error(), plan, message) })
	if missing {
		return none, false
	}

	return message.(M), true //nolint:forcetypeassert // A message type makes its own Go type.
}

// findDetails decodes the first details of the message's type in a text, and
// reports whether there are any.
func findDetails(text string, plan *contract.Plan, message proto.Message) bool {
	mark := typedFailureMark(message)
	for {
		before, after, found := strings.Cut(text, mark)
		if !found {
			return false
		}
		var details json.RawMessage
		if !endsInName(before) && json.NewDecoder(strings.NewReader(after)).Decode(&details) == nil &&
			plan.Decode(details, message) == nil {
			return true
		}
		text = after
	}
}

// endsInName reports whether what follows a text continues a name in it: the
// mark of a.Declined is also in the text of shop.a.Declined.
func endsInName(text string) bool {
	if text == "" {
		return false
	}
	last := text[len(text)-1]

	return last == '.' || last == '_' ||
		'0' <= last && last <= '9' || 'a' <= last && last <= 'z' || 'A' <= last && last <= 'Z'
}

// typedFailureMark is the text before the details of a message's type.
func typedFailureMark(details proto.Message) string {
	return string(details.ProtoReflect().Descriptor().FullName()) + ": "
}
