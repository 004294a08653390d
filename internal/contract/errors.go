package contract

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// clipLength is the number of characters after which a value is cut short in an error's text.
const clipLength = 40

// Error tells why a message cannot be encoded or a payload cannot be decoded. It is about data;
// what is wrong with a message type itself is a [PlanError].
type Error struct {
	// Path leads to the offending value, for example input.items[3].amount or output.labels["k"].
	// Its first word is the direction of the plan.
	Path string
	// Reason says what was expected and what was found, for example: want integer, got "x".
	Reason string
}

// Error returns the path and the reason.
func (e *Error) Error() string {
	return e.Path + ": " + e.Reason
}

// An error gains its path on the way out, so that success pays nothing for it.

func (e *Error) inField(name string) *Error {
	e.Path = "." + name + e.Path

	return e
}

func (e *Error) inItem(index int) *Error {
	e.Path = "[" + strconv.Itoa(index) + "]" + e.Path

	return e
}

func (e *Error) inEntry(key string) *Error {
	e.Path = "[" + strconv.Quote(clip(key)) + "]" + e.Path

	return e
}

// mismatch is the error of a value that is not what its place in the contract asks for.
func mismatch(want, got string) *Error {
	return &Error{Reason: "want " + want + ", got " + got}
}

// clip cuts long text, and never within a character.
func clip(text string) string {
	if utf8.RuneCountInString(text) <= clipLength {
		return text
	}

	return string([]rune(text)[:clipLength]) + "…"
}

// quote makes a value from a message readable in an error's text, valid UTF-8 or not.
func quote(text string) string {
	return strconv.Quote(clip(text))
}

// PlanError is one mistake in a message type that keeps it from being an activity's input or
// output. [Input] and [Output] report all mistakes of a type together, joined by [errors.Join].
type PlanError struct {
	// Descriptor is the message, field, enum or enum value at fault; its source location is where
	// a code generator points to.
	Descriptor protoreflect.Descriptor
	// Reason says what is wrong and what to do about it.
	Reason string
}

// Error returns the full name of the descriptor and the reason.
func (e *PlanError) Error() string {
	return fmt.Sprintf("%s: %s", e.Descriptor.FullName(), e.Reason)
}
