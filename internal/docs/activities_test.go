package docs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	paymentsv1 "github.com/aion-go/aion/internal/docs/gen/payments/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// refusal is why an amount is not charged.
func refusal(in *paymentsv1.ChargeRequest) error {
	switch {
	case in.GetAmount() <= 0:
		return aion.Terminal(fmt.Errorf("amount %d: want 1 or more", in.GetAmount()))
	case in.GetAmount() > 100_000:
		return aion.PolicyRefused(errors.New("more than this queue may charge"))
	default:
		return errors.New("the gateway does not answer")
	}
}

func TestEachErrorHasItsKind(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int64]aion.FailureKind{
		0: aion.KindTerminal, 200_000: aion.KindPolicyRefused, 5: aion.KindRetryable,
	} {
		err := refusal(&paymentsv1.ChargeRequest{Amount: amount})
		if got := aion.KindOf(err); got != want {
			t.Errorf("%d: got %s, want %s", amount, got, want)
		}
	}
}

func chargeInSteps(
	ctx context.Context, in *paymentsv1.ChargeRequest, step func(ctx context.Context, n int) error,
) (*paymentsv1.ChargeResponse, error) {
	const steps = 20
	for n := range steps {
		if err := step(ctx, n); err != nil {
			return nil, err
		}
		progress := &paymentsv1.ChargeProgress{Percent: float64(100 * (n + 1) / steps)}
		if err := paymentsv1.PaymentsChargeHeartbeat(ctx, progress); err != nil {
			return nil, err // The context has ended: the error is the reason.
		}
	}

	return &paymentsv1.ChargeResponse{Payment: in.GetCard()}, nil
}

func TestProgressIsReportedAndEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	_, err := chargeInSteps(ctx, &paymentsv1.ChargeRequest{}, func(_ context.Context, n int) error {
		if n == 1 {
			ctx.Cancel(aion.ErrCancelledByEngine)
		}

		return nil
	})
	if !errors.Is(err, aion.ErrCancelledByEngine) {
		t.Errorf("got %v, want that the engine cancelled", err)
	}
	got := aiontest.Heartbeats[*paymentsv1.ChargeProgress](ctx)
	if len(got) != 1 || got[0].GetPercent() != 5 {
		t.Errorf("got progress %v, want the first", got)
	}
}

// undo is what a handler does last.
func undo(ctx context.Context, release func(ctx context.Context) error) error {
	const timeToUndo = 5 * time.Second
	undoing, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToUndo)
	defer cancel()

	return release(undoing)
}

func TestWhatIsUndoneHasAContextOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	ctx.Cancel(aion.ErrWorkerStopping)
	if err := undo(ctx, func(ctx context.Context) error { return ctx.Err() }); err != nil {
		t.Errorf("got %v, want a context that goes on", err)
	}
}

func waitOrSayWhy(ctx context.Context, arrived <-chan struct{}) error {
	select {
	case <-arrived:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx) // Such as aion.ErrCancelledByEngine.
	}
}

func TestAWaitSaysWhyItEnded(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	ctx.Cancel(aion.ErrSuperseded)
	if err := waitOrSayWhy(ctx, nil); !errors.Is(err, aion.ErrSuperseded) {
		t.Errorf("got %v, want the cause", err)
	}
}

func chargeBoth(ctx context.Context, one, other func() error) error {
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, half := range []func() error{one, other} {
		both.Add(1)
		aion.Go(ctx, func() {
			defer both.Done()
			errs[i] = half()
		})
	}
	both.Wait()

	return errors.Join(errs...)
}

func TestGoroutinesOfAnActivity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		charge := func(
			ctx context.Context, in *paymentsv1.ChargeRequest,
		) (*paymentsv1.ChargeResponse, error) {
			err := chargeBoth(ctx, func() error { return nil }, func() error { panic("boom") })

			return &paymentsv1.ChargeResponse{Payment: in.GetCard()}, err
		}
		engine := aiontest.Run(t, paymentsv1.NewPaymentsChargeDispatcher(charge))
		_, err := paymentsv1.NewPaymentsStub(engine).Charge(t.Context(), &paymentsv1.ChargeRequest{})
		if failure, ok := errors.AsType[*aion.Failure](err); !ok || failure.Kind != aion.KindRetryable {
			t.Errorf("got %v, want a retryable failure", err)
		}
	})
}

func timed(record func(activity string, took time.Duration)) aion.Interceptor {
	return func(
		ctx context.Context, info aion.Info, in proto.Message, next aion.Next,
	) (proto.Message, error) {
		began := time.Now()
		out, err := next(ctx, in)
		record(info.ActivityType, time.Since(began))

		return out, err
	}
}

func TestAnInterceptorSeesEachActivity(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	interceptor := timed(func(activity string, _ time.Duration) { seen <- activity })
	dispatcher := paymentsv1.NewPaymentsDispatcher(&payments{safe{}}, aion.WithInterceptors(interceptor))
	stub := paymentsv1.NewPaymentsStub(aiontest.Run(t, dispatcher))
	if _, err := stub.Charge(t.Context(), &paymentsv1.ChargeRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got != paymentsv1.PaymentsChargeActivity {
		t.Errorf("got %q, want the activity", got)
	}
}
