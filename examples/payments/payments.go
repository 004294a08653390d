package main

import (
	"context"
	"database/sql"
	"errors"

	aion "github.com/aion-go/aion/runtime"
)

// payments implements the activities of the queue "payments". It keeps nothing
// but the pool: what must survive is in the database.
type payments struct {
	db *sql.DB
	// at is called at the points of a charge; an error ends the charge there. It
	// is for demonstrations and tests. Nil does nothing.
	at func(ctx context.Context, p point) error
}

// idempotencyKey is the same for every attempt and every delivery of an activity,
// and another one for each other activity: the name under which it acts.
func idempotencyKey(ctx context.Context) (string, error) {
	info, ok := aion.InfoFrom(ctx)
	if !ok || info.IdempotencyKey == "" {
		return "", aion.Terminal(errors.New("no idempotency key: without it money could move twice"))
	}

	return info.IdempotencyKey, nil
}

// changed reports whether a statement has changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()

	return rows > 0, err
}
