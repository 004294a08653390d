package aion_test

import (
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
