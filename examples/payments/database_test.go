package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

func TestADatabaseThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{
		"no folder":         filepath.Join(t.TempDir(), "missing", "payments.db"),
		"no server":         "postgres://127.0.0.1:1/payments?connect_timeout=5",
		"not such an URL":   "postgres://[",
		"not such a option": "postgres:///payments?sslmode=perhaps",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := openDatabase(t.Context(), database, 1)
			if err == nil || !strings.HasPrefix(err.Error(), "database: ") {
				t.Errorf("got %v, want an error of the database", err)
			}
		})
	}
}

func TestWorkersThatStartTogether(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, name string) {
		t.Helper()
		for _, r := range concurrently(8, func(int) (string, error) {
			db, err := openDatabase(t.Context(), name, 2)
			if err == nil {
				err = db.Close()
			}

			return "", err
		}) {
			if r.err != nil {
				t.Errorf("got %v, want tables", r.err)
			}
		}
		till{&payments{db: open(t, name)}, t}.expectTaken(0)
	})
}

// Each pool is what another process has: between them, SQLite has its lock only.
func TestWorkersShareADatabase(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, name string) {
		t.Helper()
		const workers, each = 4, 25
		for _, r := range concurrently(workers, func(worker int) (string, error) {
			db, err := openDatabase(t.Context(), name, 2)
			if err != nil {
				return "", err
			}
			shop := &payments{db: db}
			for i := range each {
				key := fmt.Sprint(worker, " ", i)
				_, chargeErr := shop.Charge(under(t, key), chargeRequest("tea", "4242", 100))
				err = errors.Join(err, chargeErr)
			}

			return "", errors.Join(err, db.Close())
		}) {
			if r.err != nil {
				t.Errorf("got %v, want charges", r.err)
			}
		}
		till{&payments{db: open(t, name)}, t}.expectTaken(workers * each * 100)
	})
}

func TestAnSQLiteFileMayHaveAnyName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "100% #1?.db")
	_ = open(t, file)
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestWhatErrorsOfTheDatabaseMean(t *testing.T) {
	t.Parallel()
	postgres := func(code string) error {
		return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code})
	}
	for name, tt := range map[string]struct {
		err  error
		want aion.FailureKind
	}{
		"serialization":     {postgres("40001"), aion.KindRetryable},
		"deadlock":          {postgres("40P01"), aion.KindRetryable},
		"connection":        {postgres("08006"), aion.KindRetryable},
		"shutdown":          {postgres("57P01"), aion.KindRetryable},
		"too many clients":  {postgres("53300"), aion.KindRetryable},
		"no table yet":      {postgres("42P01"), aion.KindRetryable},
		"out of range":      {postgres("22003"), aion.KindTerminal},
		"check":             {postgres("23514"), aion.KindTerminal},
		"unknown":           {errors.New("no idea"), aion.KindRetryable},
		"terminal as it is": {aion.Terminal(errors.New("no")), aion.KindTerminal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := classified(t.Context(), tt.err)
			if got := aion.KindOf(err); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %v, a %s failure, want a %s one", err, got, tt.want)
			}
		})
	}
	if err := classified(t.Context(), nil); err != nil {
		t.Errorf("got %v for no error", err)
	}
}

// What the databases themselves say, rather than what it is taken for.
func TestErrorsOfTheDatabases(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, shop till) {
		t.Helper()
		for query, want := range map[string]aion.FailureKind{
			`UPDATE cards SET balance = -1`:                        aion.KindTerminal,
			`INSERT INTO cards VALUES ('4242', 'EUR', 0)`:          aion.KindTerminal,
			`INSERT INTO refunds VALUES ('a', 'b', 'c', 1, 'EUR')`: aion.KindTerminal,
			`SELECT * FROM no_table`:                               aion.KindRetryable,
		} {
			_, err := shop.db.ExecContext(t.Context(), query)
			if got := aion.KindOf(classified(t.Context(), err)); err == nil || got != want {
				t.Errorf("%s: got %v, a %s failure, want a %s one", query, err, got, want)
			}
		}
		_, err := shop.db.ExecContext(under(t, "key"), `SELECT 1 WHERE 1 = $1`, 1)
		if err := classified(t.Context(), err); err != nil {
			t.Errorf("got %v for a query that works", err)
		}
	})
}

func TestTheEndOfAContextIsNoErrorOfTheDatabase(t *testing.T) {
	t.Parallel()
	ctx := aiontest.Context(t, aion.Info{})
	ctx.Cancel(aion.ErrWorkerStopping)
	if err := classified(ctx, context.Canceled); !errors.Is(err, aion.ErrWorkerStopping) {
		t.Errorf("got %v, want the cause of the context", err)
	}
}
