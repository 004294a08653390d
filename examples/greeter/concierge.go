package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
)

const (
	// timePerGuest is how long it takes to greet one guest of a tour.
	timePerGuest = 300 * time.Millisecond
	// busyAttempts is how often a restaurant's line is busy.
	busyAttempts = 2
	largestTable = 8
)

// concierge implements the activities of the queue "concierge".
type concierge struct{}

// PrepareTour takes a while, tells how far it has come, and ends early when its
// context does.
func (concierge) PrepareTour(
	ctx context.Context, in *greeterv1.PrepareTourRequest,
) (*greeterv1.PrepareTourResponse, error) {
	out := &greeterv1.PrepareTourResponse{}
	total := len(in.GetGuests())
	for i, guest := range in.GetGuests() {
		select {
		case <-time.After(timePerGuest):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		out.Greetings = append(out.Greetings, greeting(guest))
		progress := &greeterv1.TourProgress{
			Greeted: int64(i + 1), Total: int64(total),
			Percent: int32(100 * (i + 1) / total), //nolint:gosec // It is at most 100.
		}
		if err := aion.Heartbeat(ctx, progress); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// BookTable fails in a way that a later attempt may mend, and in one that no
// attempt can.
func (concierge) BookTable(
	ctx context.Context, in *greeterv1.BookTableRequest,
) (*greeterv1.BookTableResponse, error) {
	if in.GetPeople() < 1 || in.GetPeople() > largestTable {
		return nil, aion.Terminal(
			fmt.Errorf("no table for %d: want 1 to %d people", in.GetPeople(), largestTable),
		)
	}
	info, _ := aion.InfoFrom(ctx)
	if info.Attempt <= busyAttempts {
		return nil, errors.New("the line is busy")
	}

	return &greeterv1.BookTableResponse{
		Table:   7,
		Attempt: info.Attempt,
	}, nil
}

// WaitForGuest waits for somebody who never comes: only its context ends it.
func (concierge) WaitForGuest(
	ctx context.Context, _ *greeterv1.WaitForGuestRequest,
) (*greeterv1.WaitForGuestResponse, error) {
	<-ctx.Done()

	return nil, context.Cause(ctx)
}
