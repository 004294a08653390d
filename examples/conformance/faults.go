package main

import (
	"context"

	conformancev1 "github.com/aion-go/aion/examples/conformance/gen/conformance/v1"
	aion "github.com/aion-go/aion/runtime"
)

// faults implements the activities of the queue "faults": those of conformance,
// apart from the ones that take any JSON there.
type faults struct{ conformance }

func (*faults) Echo(
	_ context.Context, in *conformancev1.EchoRequest,
) (*conformancev1.EchoResponse, error) {
	return &conformancev1.EchoResponse{Text: in.GetText()}, nil
}

func (*faults) FailRetryable(
	context.Context, *conformancev1.FailRetryableRequest,
) (*conformancev1.FailRetryableResponse, error) {
	return nil, aion.Retryable(errRetryable)
}

func (*faults) FailTerminal(
	context.Context, *conformancev1.FailTerminalRequest,
) (*conformancev1.FailTerminalResponse, error) {
	return nil, aion.Terminal(errTerminal)
}

func (*faults) Panic(
	context.Context, *conformancev1.PanicRequest,
) (*conformancev1.PanicResponse, error) {
	panic("a panic, as was asked for")
}
