package main

import (
	"context"
	"unicode/utf8"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
)

// greeter implements the activities of the queue "greeter".
type greeter struct{}

func (greeter) Greet(_ context.Context, in *greeterv1.GreetRequest) (*greeterv1.GreetResponse, error) {
	return &greeterv1.GreetResponse{
		Message: greeting(in.GetName()),
		Length:  int64(utf8.RuneCountInString(in.GetName())),
	}, nil
}

func greeting(name string) string { return "Hello, " + name + "!" }
