package main

import (
	"fmt"
	"strings"
	"testing"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
)

func TestRefundsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		charge string // The one that is there for "".
		amount *paymentsv1.Money
		want   paymentsv1.RefusalReason
	}{
		"unknown charge": {
			"ch_1", euro(1), paymentsv1.RefusalReason_REFUSAL_REASON_UNKNOWN_CHARGE,
		},
		"other currency": {
			"", &paymentsv1.Money{MinorUnits: 1, Currency: "JPY"},
			paymentsv1.RefusalReason_REFUSAL_REASON_UNKNOWN_CHARGE,
		},
		"a cent too much": {
			"", euro(101), paymentsv1.RefusalReason_REFUSAL_REASON_MORE_THAN_CHARGED,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachTill(t, func(t *testing.T, shop till) {
				t.Helper()
				charge := shop.charge("charge", 100)
				if tt.charge != "" {
					charge = tt.charge
				}
				_, err := shop.Refund(under(t, "key"),
					&paymentsv1.RefundRequest{ChargeId: charge, Amount: tt.amount})
				got, ok := paymentsv1.PaymentsRefundRefusedFrom(err)
				if !ok || got.GetReason() != tt.want || aion.KindOf(err) != aion.KindTerminal {
					t.Errorf("got %v, want the terminal failure %s", err, tt.want)
				}
				shop.expectTaken(100)
			})
		})
	}
}

func TestAKeyIsForOneRefund(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		charge, other := shop.charge("charge", 100), shop.charge("other charge", 100)
		if _, err := shop.refund(charge, "key", 30); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []result{
			resultOf(shop.refund(charge, "key", 31)), resultOf(shop.refund(other, "key", 30)),
		} {
			if aion.KindOf(wrong.err) != aion.KindTerminal ||
				!strings.Contains(fmt.Sprint(wrong.err), `"key" has refunded 0.30 EUR`) {
				t.Errorf("got %v, want a terminal failure that tells of the first refund", wrong.err)
			}
		}
		shop.expectTaken(170)
	})
}

func TestADeliveryThatComesAgainRefundsNothing(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		charge := shop.charge("charge", 100)
		first, err := shop.refund(charge, "key", 100)
		again, againErr := shop.refund(charge, "key", 100)
		if err != nil || againErr != nil || first != again {
			t.Errorf("got %q, %v and %q, %v, want one refund", first, err, again, againErr)
		}
		shop.expectTaken(0)
	})
}

func TestRefundsAtTheSameTimeAreNoMoreThanTheCharge(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		charge := shop.charge("charge", 100)
		refunded := 0
		for _, r := range concurrently(20, func(i int) (string, error) {
			return shop.refund(charge, fmt.Sprint("key ", i), 30)
		}) {
			if r.err == nil {
				refunded++
			} else if _, ok := paymentsv1.PaymentsRefundRefusedFrom(r.err); !ok {
				t.Errorf("got %v, want a refund or a refusal", r.err)
			}
		}
		if refunded != 3 {
			t.Errorf("got %d refunds of 0.30 EUR for a charge of 1.00 EUR, want 3", refunded)
		}
		shop.expectTaken(10)
	})
}

// refund refunds a part of a charge, and returns the id.
func (s till) refund(charge, key string, cents int64) (string, error) {
	s.t.Helper()
	out, err := s.Refund(under(s.t, key), &paymentsv1.RefundRequest{ChargeId: charge, Amount: euro(cents)})

	return out.GetRefundId(), err
}

func resultOf(id string, err error) result { return result{id, err} }
