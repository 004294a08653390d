//nolint:thelper // Tests within tests are no helpers.
package aiontest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// greeter is an implementation as a user writes it.
type greeter struct{}

func (greeter) Greet(
	_ context.Context, in *greeterv1.GreetRequest,
) (*greeterv1.GreetResponse, error) {
	return &greeterv1.GreetResponse{Message: "Hello, " + in.GetName() + "!"}, nil
}

// concierge is made of what a test needs of it.
type concierge struct {
	tour func(context.Context, *greeterv1.PrepareTourRequest) (*greeterv1.PrepareTourResponse, error)
	book func(context.Context, *greeterv1.BookTableRequest) (*greeterv1.BookTableResponse, error)
	wait func(context.Context, *greeterv1.WaitForGuestRequest) (*greeterv1.WaitForGuestResponse, error)
}

func (c concierge) PrepareTour(
	ctx context.Context, in *greeterv1.PrepareTourRequest,
) (*greeterv1.PrepareTourResponse, error) {
	return c.tour(ctx, in)
}

func (c concierge) BookTable(
	ctx context.Context, in *greeterv1.BookTableRequest,
) (*greeterv1.BookTableResponse, error) {
	return c.book(ctx, in)
}

func (c concierge) WaitForGuest(
	ctx context.Context, in *greeterv1.WaitForGuestRequest,
) (*greeterv1.WaitForGuestResponse, error) {
	return c.wait(ctx, in)
}

var errBusy = errors.New("the line is busy")

// untilDone is a WaitForGuest that only its context ends.
func untilDone(
	ctx context.Context, _ *greeterv1.WaitForGuestRequest,
) (*greeterv1.WaitForGuestResponse, error) {
	<-ctx.Done()

	return nil, context.Cause(ctx)
}

// until is a WaitForGuest that ends when its guest arrives, whatever its context.
func until(arrived <-chan struct{}) concierge {
	return concierge{wait: func(
		context.Context, *greeterv1.WaitForGuestRequest,
	) (*greeterv1.WaitForGuestResponse, error) {
		<-arrived

		return &greeterv1.WaitForGuestResponse{}, nil
	}}
}

// run runs the concierge of a test.
func run(t testing.TB, impl concierge) (*aiontest.Engine, greeterv1.ConciergeActivities) {
	t.Helper()
	engine := aiontest.Run(t, greeterv1.NewConciergeDispatcher(impl))

	return engine, greeterv1.NewConciergeStub(engine)
}

var godot = &greeterv1.WaitForGuestRequest{Name: "Godot"}

var table = &greeterv1.BookTableRequest{Restaurant: "Chez Ada", People: 2}

// inBoth runs a test in real time, and in a bubble.
func inBoth(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Run("real time", func(t *testing.T) {
		t.Parallel()
		test(t)
	})
	t.Run("fake time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

func infoOf(ctx context.Context) aion.Info {
	info, _ := aion.InfoFrom(ctx)

	return info
}
