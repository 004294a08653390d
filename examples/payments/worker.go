package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
)

// defaultConcurrency is what the worker takes on when the environment names no
// other number. It is also the size of the pool of connections.
const defaultConcurrency = 16

// serve runs the worker for an engine that is already there.
func serve(ctx context.Context, opts options, out io.Writer) error {
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.Endpoint = opts.endpoint
	cfg.MaxConcurrency = cmp.Or(cfg.MaxConcurrency, defaultConcurrency)
	db, err := openDatabase(ctx, opts.database, cfg.MaxConcurrency)
	if err != nil {
		return err
	}
	implementation := &payments{db: db}
	if opts.wait != "" {
		implementation.at = waitAt(opts.wait, out)
	}
	err = runWorker(ctx, cfg, implementation)

	// After Run, no activity uses the database any more.
	return errors.Join(err, db.Close())
}

// runWorker runs a worker until ctx ends.
func runWorker(ctx context.Context, cfg aion.Config, implementation *payments) error {
	worker, err := aion.NewWorker(cfg, paymentsv1.NewPaymentsDispatcher(implementation))
	if err != nil {
		return err
	}

	return worker.Run(ctx)
}

var _ paymentsv1.PaymentsActivities = (*payments)(nil)

// balance is what is on a card.
func balance(ctx context.Context, db *sql.DB, card string) (int64, error) {
	var minorUnits int64
	err := db.QueryRowContext(ctx, `SELECT balance FROM cards WHERE number = $1`, card).Scan(&minorUnits)

	return minorUnits, err
}
