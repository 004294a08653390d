package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode/utf8"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
)

// greeter implements greeterv1.GreeterActivities.
type greeter struct{}

// Greet says hello.
func (greeter) Greet(
	_ context.Context, in *greeterv1.GreetRequest,
) (*greeterv1.GreetResponse, error) {
	return &greeterv1.GreetResponse{
		Message: "Hello, " + in.GetName() + "!", Length: int64(utf8.RuneCountInString(in.GetName())),
	}, nil
}

// punctualGuests are how many arrive on time.
const punctualGuests = 12

// concierge implements greeterv1.ConciergeActivities.
type concierge struct{ guests atomic.Int64 }

// PrepareTour has nothing to do.
func (*concierge) PrepareTour(
	context.Context, *greeterv1.PrepareTourRequest,
) (*greeterv1.PrepareTourResponse, error) {
	return &greeterv1.PrepareTourResponse{}, nil
}

// BookTable gets through on the second attempt, and never for large parties.
func (*concierge) BookTable(
	ctx context.Context, in *greeterv1.BookTableRequest,
) (*greeterv1.BookTableResponse, error) {
	if in.GetPeople() > 8 {
		return nil, aion.Terminal(fmt.Errorf("no table for %d", in.GetPeople()))
	}
	info, _ := aion.InfoFrom(ctx)
	if info.Attempt < 2 {
		return nil, errors.New("the line is busy")
	}

	return &greeterv1.BookTableResponse{Table: 7, Attempt: info.Attempt}, nil
}

// WaitForGuest takes a moment for the first guests. The next one does not come.
func (c *concierge) WaitForGuest(
	ctx context.Context, _ *greeterv1.WaitForGuestRequest,
) (*greeterv1.WaitForGuestResponse, error) {
	var arrival <-chan time.Time
	if c.guests.Add(1) <= punctualGuests {
		arrival = time.After(10 * time.Millisecond)
	}
	select {
	case <-arrival:
		return &greeterv1.WaitForGuestResponse{}, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
