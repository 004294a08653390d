package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	aion "github.com/aion-go/aion/runtime"
)

// classified says what an error of the database means to the workflow. Most pass:
// a lost connection, a restart, a deadlock, a serialization failure, a full disk.
// These are retryable, also where it is not known whether a commit has happened,
// since the next attempt finds it by its idempotency key. Values that the
// database cannot take stay what they are, so they are terminal.
func classified(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // The reason, rather than what the driver made of it.
	}
	if aion.KindOf(err) == aion.KindTerminal {
		return err // It is the activity's own, such as that a card declines.
	}
	err = fmt.Errorf("database: %w", err)
	if refusesValue(err) {
		return aion.Terminal(err)
	}

	return err // Unmarked is retryable.
}

// refusesValue reports whether the database cannot take a value.
func refusesValue(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 22 are data exceptions, 23 violations of constraints.
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23")
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	default:
		return false
	}
}

// isConflict reports whether another transaction was in the way of one that makes
// the tables. PostgreSQL tells it in several ways, by what the other has done
// first: a name or a type that is there after all, or a row of its catalogue.
func isConflict(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "40001", "40P01", // serialization_failure, deadlock_detected
			"23505", "42P07", "42710": // unique_violation, duplicate_table, duplicate_object
			return true
		}
	}

	return sqliteCode(err) == sqlite3.SQLITE_BUSY
}

// sqliteCode is the primary result code of an error, 0 when it is none of SQLite.
func sqliteCode(err error) int {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		const primary = 0xff // The higher bits hold the extended code.

		return lite.Code() & primary
	}

	return sqlite3.SQLITE_OK
}
