package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// withDatabase calls f with the name of a database: the one that is given, or a
// file that is removed afterwards.
func withDatabase(name string, f func(name string) error) error {
	if name != "" {
		return f(name)
	}
	dir, err := os.MkdirTemp("", "payments-")
	if err != nil {
		return err
	}

	return errors.Join(f(filepath.Join(dir, "payments.db")), os.RemoveAll(dir))
}

// demonstrate starts an engine and a worker, and calls the activities through
// the engine as a workflow would.
func demonstrate(ctx context.Context, database string, out io.Writer) error {
	quiet := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{HeartbeatWindow: time.Second, Logger: quiet})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	db, err := openDatabase(ctx, database, defaultConcurrency)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // All is committed.
	working, stop := context.WithCancel(ctx)
	defer stop()
	var workerErr error
	var running sync.WaitGroup
	running.Go(func() {
		defer stop()
		workerErr = runWorker(working, aion.Config{
			Endpoint: engine.Addr(), MaxConcurrency: defaultConcurrency, Logger: quiet,
		}, &payments{db: db, at: loseFirstConnection})
	})
	fmt.Fprintf(out, "development engine on %s, one worker\n\n", engine.Addr())
	d := &demonstration{engine: engine, db: db, out: out}
	err = errors.Join(d.chargeAndRefund(working), d.decline(working), d.retry(working))
	stop()
	running.Wait()
	if err := errors.Join(err, workerErr); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nNext: -demonstrate-crash kills workers in the middle of a charge.")

	return nil
}

// loseFirstConnection loses the connection to the database before the commit, in
// the first attempt of charges with the label.
func loseFirstConnection(ctx context.Context, p point) error {
	info, _ := aion.InfoFrom(ctx)
	if p == beforeCommit && info.Attempt == 1 && info.Labels["lose"] == "connection" {
		return driver.ErrBadConn
	}

	return nil
}

// demonstration prints what happens to each activity.
type demonstration struct {
	engine *devengine.Engine
	db     *sql.DB
	out    io.Writer
}

func (d *demonstration) linef(activity, format string, args ...any) {
	fmt.Fprintf(d.out, "%-10s%s\n", activity, fmt.Sprintf(format, args...))
}

// tellBalance prints what is on the card.
func (d *demonstration) tellBalance(ctx context.Context) error {
	left, err := balance(ctx, d.db, "4242")
	if err != nil {
		return err
	}
	d.linef("", "card 4242 has %s", formatMoney(left, currency))

	return nil
}

func (d *demonstration) chargeAndRefund(ctx context.Context) error {
	if err := d.tellBalance(ctx); err != nil {
		return err
	}
	stub := paymentsv1.NewPaymentsStub(d.engine)
	charged, err := stub.Charge(ctx, chargeRequest("tea", "4242", 1230))
	if err != nil {
		return err
	}
	d.linef("charge", "%s: 12.30 EUR for tea", charged.GetChargeId())
	refunded, err := stub.Refund(ctx, &paymentsv1.RefundRequest{
		ChargeId: charged.GetChargeId(), Amount: euro(230),
	})
	if err != nil {
		return err
	}
	d.linef("refund", "%s: 2.30 EUR of it", refunded.GetRefundId())

	return d.tellBalance(ctx)
}

// decline charges a card that is empty: a typed failure, and no further attempt.
func (d *demonstration) decline(ctx context.Context) error {
	_, err := paymentsv1.NewPaymentsStub(d.engine).Charge(ctx, chargeRequest("tea", "4000", 1230))
	declined, ok := paymentsv1.PaymentsCardDeclinedFrom(err)
	if !ok {
		return fmt.Errorf("charge of an empty card: got %w, want that it is declined", err)
	}
	d.linef("charge", "card 4000 declined: %s, a %s failure", declined.GetReason(), aion.KindOf(err))

	return nil
}

// retry charges while the connection to the database gets lost: what was not
// committed is rolled back, and the next attempt does it all.
func (d *demonstration) retry(ctx context.Context) error {
	executor := d.engine.Executor(
		devengine.WithLabels(map[string]string{"lose": "connection"}),
		devengine.WithAttempts(func(a devengine.Attempt) {
			if a.State == devengine.AttemptFailed {
				d.linef("charge", "attempt %d of %d: %v", a.Number, a.Of, a.Err)
			}
		}))
	charged, err := paymentsv1.NewPaymentsStub(executor).Charge(ctx, chargeRequest("cake", "4242", 450))
	if err != nil {
		return err
	}
	d.linef("charge", "%s: 4.50 EUR for cake, in the next attempt", charged.GetChargeId())

	return d.tellBalance(ctx)
}

func chargeRequest(order, card string, cents int64) *paymentsv1.ChargeRequest {
	return &paymentsv1.ChargeRequest{
		Order: order, Card: card, Amount: euro(cents),
	}
}

// currency is that of the cards in the demonstrations.
const currency = "EUR"

func euro(cents int64) *paymentsv1.Money {
	return &paymentsv1.Money{MinorUnits: cents, Currency: currency}
}
