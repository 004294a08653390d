package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

func TestAChargeNeedsAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	_, err := (&payments{}).Charge(t.Context(), chargeRequest("tea", "4242", 1))
	if aion.KindOf(err) != aion.KindTerminal || !strings.Contains(err.Error(), "no idempotency key") {
		t.Errorf("got %v, want a terminal failure that misses the key", err)
	}
}

func TestAmountsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		amount *paymentsv1.Money
		want   string
	}{
		"nothing":     {euro(0), "amount.minor_units is 0: want 1 or more"},
		"negative":    {euro(-1), "amount.minor_units is -1"},
		"no currency": {&paymentsv1.Money{MinorUnits: 1}, `amount.currency is ""`},
		"lower case":  {&paymentsv1.Money{MinorUnits: 1, Currency: "eur"}, "want one of CHF, EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, chargeErr := (&payments{}).Charge(under(t, "key"),
				&paymentsv1.ChargeRequest{Order: "tea", Card: "4242", Amount: tt.amount})
			_, refundErr := (&payments{}).Refund(under(t, "key"),
				&paymentsv1.RefundRequest{ChargeId: "ch_1", Amount: tt.amount})
			for _, err := range []error{chargeErr, refundErr} {
				if aion.KindOf(err) != aion.KindTerminal || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want a terminal failure with %q", err, tt.want)
				}
			}
		})
	}
}

func TestCardsThatDecline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		request *paymentsv1.ChargeRequest
		want    paymentsv1.DeclineReason
	}{
		"unknown": {
			chargeRequest("tea", "1111", 1),
			paymentsv1.DeclineReason_DECLINE_REASON_UNKNOWN_CARD,
		},
		"other currency": {
			&paymentsv1.ChargeRequest{
				Order: "tea", Card: "4242", Amount: &paymentsv1.Money{MinorUnits: 1, Currency: "JPY"},
			},
			paymentsv1.DeclineReason_DECLINE_REASON_UNKNOWN_CARD,
		},
		"empty": {
			chargeRequest("tea", "4000", 1),
			paymentsv1.DeclineReason_DECLINE_REASON_INSUFFICIENT_FUNDS,
		},
		"a cent too much": {
			chargeRequest("tea", "4242", start+1),
			paymentsv1.DeclineReason_DECLINE_REASON_INSUFFICIENT_FUNDS,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachTill(t, func(t *testing.T, shop till) {
				t.Helper()
				_, err := shop.Charge(under(t, "key"), tt.request)
				got, ok := paymentsv1.PaymentsCardDeclinedFrom(err)
				if !ok || got.GetReason() != tt.want || aion.KindOf(err) != aion.KindTerminal {
					t.Errorf("got %v, want the terminal failure %s", err, tt.want)
				}
				shop.expectTaken(0)
			})
		})
	}
}

func TestAKeyIsForOneCharge(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]*paymentsv1.ChargeRequest{
		"order":    chargeRequest("cake", "4242", 100),
		"card":     chargeRequest("tea", "4000", 100),
		"no card":  chargeRequest("tea", "1111", 100),
		"amount":   chargeRequest("tea", "4242", 101),
		"currency": {Order: "tea", Card: "4242", Amount: &paymentsv1.Money{MinorUnits: 100, Currency: "JPY"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachTill(t, func(t *testing.T, shop till) {
				t.Helper()
				shop.charge("key", 100)
				_, err := shop.Charge(under(t, "key"), other)
				if aion.KindOf(err) != aion.KindTerminal ||
					!strings.Contains(fmt.Sprint(err), `"key" has charged 1.00 EUR for order "tea"`) {
					t.Errorf("got %v, want a terminal failure that tells of the first charge", err)
				}
				shop.expectTaken(100)
			})
		})
	}
}

func TestADeliveryThatComesAgainChargesNothing(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		first := shop.charge("key", start) // All that is there: a second charge would be declined.
		if again := shop.charge("key", start); again != first {
			t.Errorf("got charge %s again, want %s", again, first)
		}
		shop.expectTaken(start)
	})
}

func TestTheLastCentIsSpentOnce(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		const charges, paid = 20, 7
		results := concurrently(charges, func(i int) (string, error) {
			out, err := shop.Charge(under(t, fmt.Sprint("key ", i)), chargeRequest("tea", "4242", start/paid))

			return out.GetChargeId(), err
		})
		ids := map[string]bool{}
		for _, r := range results {
			if r.err == nil {
				ids[r.id] = true
			} else if _, ok := paymentsv1.PaymentsCardDeclinedFrom(r.err); !ok {
				t.Errorf("got %v, want a charge or that the card declines", r.err)
			}
		}
		if len(ids) != paid {
			t.Errorf("got %d charges, want the %d that the card can pay", len(ids), paid)
		}
		shop.expectTaken(paid * (start / paid))
	})
}

func TestDeliveriesAtTheSameTimeChargeOnce(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		results := concurrently(20, func(int) (string, error) {
			out, err := shop.Charge(under(t, "key"), chargeRequest("tea", "4242", 100))

			return out.GetChargeId(), err
		})
		for _, r := range results {
			if r.err != nil || r.id == "" || r.id != results[0].id {
				t.Errorf("got %q, %v, want the charge %q", r.id, r.err, results[0].id)
			}
		}
		shop.expectTaken(100)
	})
}

func TestWhatFailsBeforeTheCommitIsUndone(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		lost := errors.New("the line is dead")
		shop.at = func(context.Context, point) error { return lost }
		_, err := shop.Charge(under(t, "key"), chargeRequest("tea", "4242", 100))
		if !errors.Is(err, lost) || aion.KindOf(err) != aion.KindRetryable {
			t.Errorf("got %v, want a retryable failure", err)
		}
		shop.expectTaken(0)
		shop.at = nil
		shop.charge("key", 100)
		shop.expectTaken(100)
	})
}

func TestADeadlineEndsACharge(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		ctx := aiontest.Context(t, aion.Info{})
		shop.at = func(_ context.Context, p point) error {
			if p == beforeCommit {
				ctx.Cancel(aion.ErrTimedOut)
			}

			return nil
		}
		_, err := shop.Charge(ctx, chargeRequest("tea", "4242", 100))
		if !errors.Is(err, aion.ErrTimedOut) {
			t.Errorf("got %v, want the cause of the context", err)
		}
		shop.expectTaken(0)
	})
}

func TestAFailureOverTheWire(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		stub := paymentsv1.NewPaymentsStub(aiontest.Run(t, paymentsv1.NewPaymentsDispatcher(shop)))
		call := aiontest.Start(t, stub.Charge, chargeRequest("tea", "4000", 100))
		_, err := call.Wait()
		got, ok := paymentsv1.PaymentsCardDeclinedFrom(err)
		if !ok || got.GetReason() != paymentsv1.DeclineReason_DECLINE_REASON_INSUFFICIENT_FUNDS {
			t.Errorf("got %v, want that the card declines", err)
		}
		text := fmt.Sprint(call.HandlerRuns()[0].Err)
		if !strings.HasPrefix(text, "examples.payments.v1.CardDeclined: {") {
			t.Errorf("the workflow is told %q, want the typed failure and nothing else", text)
		}
		if runs := call.HandlerRuns(); len(runs) != 1 {
			t.Errorf("got %d attempts, want 1: a declined card stays declined", len(runs))
		}
	})
}

// result is what one of several calls returned.
type result struct {
	id  string
	err error
}

// concurrently calls f n times at once.
func concurrently(n int, f func(i int) (string, error)) []result {
	results := make([]result, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { results[i].id, results[i].err = f(i) })
	}
	running.Wait()

	return results
}
