package aion_test

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/known/wrapperspb"

	aion "github.com/aion-go/aion/runtime"
)

// Generated code has a function for either direction; this is what they do.
func ExampleNewTypedFailure() {
	err := aion.NewTypedFailure(wrapperspb.String("card declined"), aion.EnumCasePascal)
	fmt.Println(err)
	fmt.Println(aion.KindOf(err))
	fmt.Println(aion.KindOf(aion.Retryable(err)))
	details, ok := aion.TypedFailureFrom[*wrapperspb.StringValue](
		fmt.Errorf("charge: %w", err), aion.EnumCasePascal)
	fmt.Println(details.GetValue(), ok)
	// Output:
	// google.protobuf.StringValue: "card declined"
	// terminal
	// retryable
	// card declined true
}

// An error without a mark is retryable. A mark within the chain counts, the most
// final one of several.
func ExampleRetryable() {
	busy := errors.New("the line is busy")
	fmt.Println(aion.KindOf(busy), aion.KindOf(aion.Retryable(busy)))
	fmt.Println(aion.KindOf(fmt.Errorf("call: %w", aion.Terminal(busy))))
	// Output:
	// retryable retryable
	// terminal
}

// Where the task's policy forbids what the activity would have to do, the engine
// may have another one to fall back on.
func ExamplePolicyRefused() {
	err := aion.PolicyRefused(errors.New("cards of this country are not charged here"))
	fmt.Println(aion.KindOf(err), "-", err)
	// Output: policy refused - cards of this country are not charged here
}
