package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
)

// refund is what was asked for, without the id that it gets.
type refund struct {
	chargeID string
	amount   int64
	currency string
}

// Refund gives money back, once for each idempotency key.
func (p *payments) Refund(
	ctx context.Context, in *paymentsv1.RefundRequest,
) (*paymentsv1.RefundResponse, error) {
	key, err := idempotencyKey(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkMoney(in.GetAmount()); err != nil {
		return nil, aion.Terminal(err)
	}
	wanted := refund{
		chargeID: in.GetChargeId(),
		amount:   in.GetAmount().GetMinorUnits(), currency: in.GetAmount().GetCurrency(),
	}
	var id string
	err = inTransaction(ctx, p.db, func(tx *sql.Tx) error {
		id, err = refundOnce(ctx, tx, key, wanted)

		return err
	})
	if err != nil {
		return nil, classified(ctx, err)
	}

	return &paymentsv1.RefundResponse{RefundId: id}, nil
}

// refundOnce refunds as chargeOnce charges.
func refundOnce(ctx context.Context, tx *sql.Tx, key string, r refund) (string, error) {
	id := "re_" + rand.Text()
	inserted, err := changed(tx.ExecContext(ctx, `
		INSERT INTO refunds (idempotency_key, id, charge_id, amount, currency)
		SELECT $1, $2, id, $4, currency FROM charges WHERE id = $3 AND currency = $5
		ON CONFLICT (idempotency_key) DO NOTHING`,
		key, id, r.chargeID, r.amount, r.currency))
	if err != nil {
		return "", err
	}
	if !inserted {
		return earlierRefund(ctx, tx, key, r)
	}

	return id, credit(ctx, tx, r)
}

// earlierRefund is the refund that has the key. Without one, it was the charge
// that was not there.
func earlierRefund(ctx context.Context, tx *sql.Tx, key string, wanted refund) (string, error) {
	var id string
	var found refund
	err := tx.QueryRowContext(ctx, `
		SELECT id, charge_id, amount, currency FROM refunds WHERE idempotency_key = $1`, key,
	).Scan(&id, &found.chargeID, &found.amount, &found.currency)
	if errors.Is(err, sql.ErrNoRows) {
		return "", refused(paymentsv1.RefusalReason_REFUSAL_REASON_UNKNOWN_CHARGE)
	}
	if err != nil {
		return "", err
	}
	if found != wanted {
		return "", aion.Terminal(fmt.Errorf(
			"idempotency key %q has refunded %s of charge %q, and is now to refund %s of charge %q: "+
				"use another key", key, formatMoney(found.amount, found.currency), found.chargeID,
			formatMoney(wanted.amount, wanted.currency), wanted.chargeID))
	}

	return id, nil
}

// credit gives the amount back to the card, as far as the charge goes. The rows
// are locked in one order, charge before card, so that refunds do not wait for
// each other in a circle.
func credit(ctx context.Context, tx *sql.Tx, r refund) error {
	within, err := changed(tx.ExecContext(ctx, `
		UPDATE charges SET refunded = refunded + $1 WHERE id = $2 AND amount - refunded >= $1`,
		r.amount, r.chargeID))
	if err != nil {
		return err
	}
	if !within {
		return refused(paymentsv1.RefusalReason_REFUSAL_REASON_MORE_THAN_CHARGED)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE cards SET balance = balance + $1
		WHERE number = (SELECT card FROM charges WHERE id = $2)`,
		r.amount, r.chargeID)

	return err
}

// refused is the typed failure of a refund that cannot be. It is terminal.
func refused(reason paymentsv1.RefusalReason) error {
	return paymentsv1.NewPaymentsRefundRefusedFailure(&paymentsv1.RefundRefused{Reason: reason})
}
