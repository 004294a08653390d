package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // The driver "pgx".
	_ "modernc.org/sqlite"             // The driver "sqlite", which needs no cgo.
)

//go:embed schema.sql
var schema string

// schemaTimeout bounds how long a start waits for the database.
const schemaTimeout = 30 * time.Second

// openDatabase opens a database and makes its tables. The name is a URL of
// PostgreSQL, postgres://…, or else the file of an SQLite database, which is
// made if it is not there. concurrency is how many activities use it at once.
func openDatabase(ctx context.Context, name string, concurrency int) (*sql.DB, error) {
	driver, dsn, connections := "pgx", name, concurrency
	if !isPostgres(name) {
		driver, dsn, connections = "sqlite", sqliteDSN(name), 1
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	limitConnections(db, connections)
	ctx, cancel := context.WithTimeout(ctx, schemaTimeout)
	defer cancel()
	if err := createSchema(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), db.Close())
	}

	return db, nil
}

func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// sqliteDSN adds what every connection needs. With txlock=immediate, transactions
// queue up where they begin; one that began as a reader could not become a
// writer after another one has written. WAL and full synchronisation keep what
// is committed through a crash of the process and of the machine.
func sqliteDSN(file string) string {
	options := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		},
	}

	return "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + options.Encode()
}

// limitConnections bounds the pool. An activity holds one connection at most. So
// MaxConcurrency of them are enough for PostgreSQL: with fewer, activities wait
// while their timeouts run, and more are never used. SQLite has one writer at a
// time: with one connection they wait in the pool, first come, first served, and
// no longer than their contexts.
func limitConnections(db *sql.DB, connections int) {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections) // The default, 2, would close and dial all the time.
	db.SetConnMaxIdleTime(5 * time.Minute)
}

// createSchema makes the tables, in one transaction. Of workers that start at
// the same time, PostgreSQL refuses all but one: CREATE TABLE IF NOT EXISTS is
// no protection against that. So they try again.
func createSchema(ctx context.Context, db *sql.DB) error {
	for {
		err := inTransaction(ctx, db, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, schema)

			return err
		})
		if err == nil || ctx.Err() != nil || !isConflict(err) {
			return err
		}
	}
}

// inTransaction commits what f does, all of it or nothing. READ COMMITTED, the
// default of PostgreSQL, is meant: each statement sees what others have
// committed before it began, and waits for whoever changes the same row.
func inTransaction(ctx context.Context, db *sql.DB, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // After a commit it does nothing; an error of f counts more.
	if err := f(tx); err != nil {
		return err
	}

	return tx.Commit()
}
