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

// charge is what was asked for, without the id that it gets.
type charge struct {
	order, card string
	amount      int64
	currency    string
}

// Charge takes an amount from a card, once for each idempotency key.
func (p *payments) Charge(
	ctx context.Context, in *paymentsv1.ChargeRequest,
) (*paymentsv1.ChargeResponse, error) {
	key, err := idempotencyKey(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkMoney(in.GetAmount()); err != nil {
		return nil, aion.Terminal(err)
	}
	wanted := charge{
		order: in.GetOrder(), card: in.GetCard(),
		amount: in.GetAmount().GetMinorUnits(), currency: in.GetAmount().GetCurrency(),
	}
	var id string
	err = inTransaction(ctx, p.db, func(tx *sql.Tx) error {
		if id, err = chargeOnce(ctx, tx, key, wanted); err != nil {
			return err
		}

		return p.reached(ctx, beforeCommit)
	})
	if err != nil {
		return nil, classified(ctx, err)
	}
	if err := p.reached(ctx, afterCommit); err != nil {
		return nil, err
	}

	return &paymentsv1.ChargeResponse{ChargeId: id}, nil
}

// chargeOnce charges, unless the key has been used: then it returns the id of
// the charge that there is. The row comes first, the card after it: another
// transaction with the same key waits at its INSERT until this one has
// committed, and finds the row, or has rolled back, and inserts its own.
//
// A card that declines leaves no row, so a later delivery asks it again. That is
// safe, because nothing was taken, and the workflow hears the first answer only.
func chargeOnce(ctx context.Context, tx *sql.Tx, key string, c charge) (string, error) {
	id := "ch_" + rand.Text()
	inserted, err := changed(tx.ExecContext(ctx, `
		INSERT INTO charges (idempotency_key, id, order_id, card, amount, currency)
		SELECT $1, $2, $3, number, $5, currency FROM cards WHERE number = $4 AND currency = $6
		ON CONFLICT (idempotency_key) DO NOTHING`,
		key, id, c.order, c.card, c.amount, c.currency))
	if err != nil {
		return "", err
	}
	if !inserted {
		return earlierCharge(ctx, tx, key, c)
	}

	return id, debit(ctx, tx, c)
}

// earlierCharge is the charge that has the key. Without one, it was the card that
// was not there. If it is for something else, the key was used twice, which no
// retry can mend.
func earlierCharge(ctx context.Context, tx *sql.Tx, key string, wanted charge) (string, error) {
	var id string
	var found charge
	err := tx.QueryRowContext(ctx, `
		SELECT id, order_id, card, amount, currency FROM charges WHERE idempotency_key = $1`, key,
	).Scan(&id, &found.order, &found.card, &found.amount, &found.currency)
	if errors.Is(err, sql.ErrNoRows) {
		return "", declined(paymentsv1.DeclineReason_DECLINE_REASON_UNKNOWN_CARD)
	}
	if err != nil {
		return "", err
	}
	if found != wanted {
		return "", aion.Terminal(fmt.Errorf(
			"idempotency key %q has charged %s for order %q, and is now to charge %s for order %q: "+
				"use another key", key, formatMoney(found.amount, found.currency), found.order,
			formatMoney(wanted.amount, wanted.currency), wanted.order))
	}

	return id, nil
}

// debit takes the amount from the card. The condition and the change are one
// statement: two that run at once cannot both find the last cent.
func debit(ctx context.Context, tx *sql.Tx, c charge) error {
	paid, err := changed(tx.ExecContext(ctx, `
		UPDATE cards SET balance = balance - $1 WHERE number = $2 AND balance >= $1`,
		c.amount, c.card))
	if err == nil && !paid {
		err = declined(paymentsv1.DeclineReason_DECLINE_REASON_INSUFFICIENT_FUNDS)
	}

	return err
}

// declined is the typed failure of a card that does not pay. It is terminal.
func declined(reason paymentsv1.DeclineReason) error {
	return paymentsv1.NewPaymentsCardDeclinedFailure(&paymentsv1.CardDeclined{Reason: reason})
}
