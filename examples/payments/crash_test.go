package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

// The random crashes of a run, and what repeats those of another one.
var (
	crashRounds = flag.Int("crash.rounds", 8, "how many workers TestCrashesAtAnyMoment kills")
	crashSeed   = flag.Uint64("crash.seed", 0, "the seed of TestCrashesAtAnyMoment; 0 takes a new one")
)

// lab is an engine in the test's process, whose workers are processes that share
// a database.
type lab struct {
	t        *testing.T
	engine   *devengine.Engine
	database string
	till     till
}

func newLab(t *testing.T, database string) *lab {
	t.Helper()
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })

	return &lab{t, engine, database, till{&payments{db: open(t, database)}, t}}
}

// worker starts a worker, which is killed after a minute or at the end of the test
// at the latest.
func (l *lab) worker(at point) *process {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	l.t.Cleanup(cancel)
	p, err := startProcess(ctx, l.engine.Addr(), l.database, at)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(p.kill)

	return p
}

// pending is a charge that is under way.
type pending struct {
	run  *devengine.Run
	lost chan struct{} // Gets one when a worker that had it is gone.
}

// charge starts to charge cents. It is called by any goroutine.
func (l *lab) charge(cents int64) pending {
	l.t.Helper()
	lost := make(chan struct{}, 64)
	input := fmt.Sprintf(`{"order":"tea","card":"4242","amount":{"minor_units":%d,"currency":"EUR"}}`, cents)
	run, err := l.engine.StartRun(
		aion.ActivitySpec{
			TaskQueue: paymentsv1.PaymentsTaskQueue, Type: paymentsv1.PaymentsChargeActivity,
		}, []byte(input),
		devengine.WithAttempts(func(a devengine.Attempt) {
			if a.State == devengine.AttemptLost {
				lost <- struct{}{}
			}
		}))
	if err != nil {
		panic(err) // The input is wrong, or the engine is closed.
	}

	return pending{run, lost}
}

// expectCharge expects that a run ends with the charge that is in the database, and
// that there is one.
func (l *lab) expectCharge(run *devengine.Run, want string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	out, err := run.Wait(ctx)
	if err != nil || string(out) != fmt.Sprintf(`{"charge_id":%q}`, want) {
		l.t.Errorf("got %s, %v, want the charge %s", out, err, want)
	}
}

// ids are those of the charges in the database, in the order of their amounts.
func (l *lab) ids() []string {
	l.t.Helper()
	rows, err := l.till.db.QueryContext(l.t.Context(), `SELECT id FROM charges ORDER BY amount`)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id string
		err = errors.Join(err, rows.Scan(&id))
		ids = append(ids, id)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		l.t.Fatal(err)
	}

	return ids
}

func TestAWorkerThatIsKilledBeforeTheCommit(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		l := newLab(t, database)
		charging := l.charge(100)
		l.killAt(charging, beforeCommit)
		if ids := l.ids(); len(ids) != 0 {
			t.Errorf("got charges %q of a worker that has not committed, want none", ids)
		}
		l.worker("")
		ids := l.idsAfter([]*devengine.Run{charging.run})
		l.expectCharge(charging.run, ids[0])
		l.till.expectTaken(100)
	})
}

func TestAWorkerThatIsKilledBetweenTheCommitAndTheResult(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		l := newLab(t, database)
		charging := l.charge(100)
		l.killAt(charging, afterCommit)
		ids := l.ids()
		if len(ids) != 1 {
			t.Fatalf("got charges %q of a worker that has committed, want one", ids)
		}
		select {
		case <-charging.run.Done():
			t.Fatal("the workflow has a result that no worker has sent")
		default:
		}
		l.worker("")
		l.expectCharge(charging.run, ids[0])
		if again := l.ids(); len(again) != 1 {
			t.Errorf("got charges %q, want the first one only", again)
		}
		l.till.expectTaken(100)
	})
}

// killAt lets a worker come to a point, and kills it there.
func (l *lab) killAt(charging pending, at point) {
	l.t.Helper()
	worker := l.worker(at)
	if err := worker.waitUntilItWaits(at); err != nil {
		l.t.Fatal(err)
	}
	worker.kill()
	select {
	case <-charging.lost:
	case <-time.After(time.Minute):
		l.t.Fatal("the engine does not notice that the worker is gone")
	}
}

// Workers are killed at random moments of a load. In the end each workflow has
// the one charge that is its own: the amounts, which are all different, tell.
func TestCrashesAtAnyMoment(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		seed := *crashSeed
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Logf("repeat it with -crash.seed %d -crash.rounds %d", seed, *crashRounds)
		random := rand.New(rand.NewPCG(seed, 0))
		l := newLab(t, database)
		load := newLoad(l, 24)
		for range *crashRounds {
			worker := l.worker("")
			load.waitForCharges(random.IntN(60))
			anyMoment := time.Duration(random.IntN(3000)) * time.Microsecond // Not that of a result.
			<-time.After(anyMoment)
			worker.kill()
		}
		l.worker("")
		runs := load.stop()
		var want int64
		ids := l.idsAfter(runs)
		for i, run := range runs {
			want += int64(i) + 1
			l.expectCharge(run, ids[i])
		}
		l.till.expectTaken(want)
		t.Logf("%d charges over %d crashes", len(runs), *crashRounds)
	})
}

// idsAfter are the ids once all runs have ended: one for each of them.
func (l *lab) idsAfter(runs []*devengine.Run) []string {
	l.t.Helper()
	for _, run := range runs {
		select {
		case <-run.Done():
		case <-time.After(time.Minute):
			l.t.Fatal("a charge does not end")
		}
	}
	ids := l.ids()
	if len(ids) != len(runs) {
		l.t.Fatalf("got %d charges in the database, want %d, one for each workflow", len(ids), len(runs))
	}

	return ids
}

// load keeps a number of charges under way. The nth charge is of n cents.
type load struct {
	lab      *lab
	done     chan struct{} // Gets one for each charge that has ended.
	stopping chan struct{}
	running  sync.WaitGroup

	mu   sync.Mutex
	runs []*devengine.Run // Guarded by mu.
}

func newLoad(l *lab, concurrency int) *load {
	l.t.Helper()
	load := &load{lab: l, done: make(chan struct{}, 1<<16), stopping: make(chan struct{})}
	for range concurrency { // Joined by stop, or by the cleanup of a test that has failed.
		load.running.Go(load.keepCharging)
	}
	l.t.Cleanup(func() { _ = load.stop() })

	return load
}

func (l *load) keepCharging() {
	for {
		run := l.next()
		select {
		case <-run.Done():
			l.done <- struct{}{}
		case <-l.stopping:
			return
		}
	}
}

func (l *load) next() *devengine.Run {
	l.mu.Lock()
	defer l.mu.Unlock()
	run := l.lab.charge(int64(len(l.runs)) + 1).run
	l.runs = append(l.runs, run)

	return run
}

// waitForCharges waits until n more charges have ended.
func (l *load) waitForCharges(n int) {
	for range n {
		select {
		case <-l.done:
		case <-time.After(time.Minute):
			l.lab.t.Fatal("the charges do not go on")
		}
	}
}

// stop starts no further charges, and returns all that were.
func (l *load) stop() []*devengine.Run {
	select {
	case <-l.stopping:
	default:
		close(l.stopping)
	}
	l.running.Wait()

	return l.runs
}
