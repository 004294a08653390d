package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// start is what is on the card 4242 of a new database.
const start = 1_000_000

// onEachDatabase runs a test on SQLite and on PostgreSQL, given the name of a new
// database.
func onEachDatabase(t *testing.T, test func(t *testing.T, name string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "payments.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newPostgres(t))
	})
}

// till is the implementation under test.
type till struct {
	*payments

	t *testing.T
}

// onEachTill runs a test with an implementation on each database.
func onEachTill(t *testing.T, test func(t *testing.T, shop till)) {
	t.Helper()
	onEachDatabase(t, func(t *testing.T, name string) {
		t.Helper()
		test(t, till{payments: &payments{db: open(t, name)}, t: t})
	})
}

// open opens a database for the time of a test.
func open(t *testing.T, name string) *sql.DB {
	t.Helper()
	db, err := openDatabase(t.Context(), name, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })

	return db
}

// under is the context of an activity with an idempotency key.
func under(t *testing.T, key string) context.Context {
	t.Helper()

	return aiontest.Context(t, aion.Info{IdempotencyKey: key})
}

// charge charges the card 4242, which has to pay, and returns the id.
func (s till) charge(key string, cents int64) string {
	s.t.Helper()
	out, err := s.Charge(under(s.t, key), chargeRequest("tea", "4242", cents))
	if err != nil {
		s.t.Fatal(err)
	}

	return out.GetChargeId()
}

// count is what a query counts.
func count(t *testing.T, db *sql.DB, query string) int64 {
	t.Helper()
	var n int64
	if err := db.QueryRowContext(context.WithoutCancel(t.Context()), query).Scan(&n); err != nil {
		t.Fatal(err)
	}

	return n
}

// expectTaken expects that so much less is on the card 4242, and that the books
// agree: charges less refunds.
func (s till) expectTaken(want int64) {
	s.t.Helper()
	taken := start - count(s.t, s.db, `SELECT balance FROM cards WHERE number = '4242'`)
	charged := count(s.t, s.db, `SELECT coalesce(sum(amount), 0) FROM charges`)
	refunded := count(s.t, s.db, `SELECT coalesce(sum(amount), 0) FROM refunds`)
	marked := count(s.t, s.db, `SELECT coalesce(sum(refunded), 0) FROM charges`)
	if taken != want || charged-refunded != want || marked != refunded {
		s.t.Errorf("the card has paid %d, and the books have %d charged, %d refunded, %d marked so: "+
			"want %d to be paid", taken, charged, refunded, marked, want)
	}
}
