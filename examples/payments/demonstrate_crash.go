package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
	"github.com/aion-go/aion/runtime/devengine"
)

// demonstrateCrash kills a worker on each side of the commit, and lets another
// one go on.
func demonstrateCrash(ctx context.Context, database string, out io.Writer) error {
	engine, err := devengine.Start(devengine.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // It is always nil.
	db, err := openDatabase(ctx, database, 1)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // It has only been read.
	fmt.Fprintf(out, "development engine on %s, workers in processes of their own\n", engine.Addr())
	c := &crash{engine: engine, db: db, database: database, out: out}

	return errors.Join(c.demonstrate(ctx, beforeCommit), c.demonstrate(ctx, afterCommit))
}

// crashPatience bounds the demonstration of one crash, which takes a second.
const crashPatience = time.Minute

// crash is the demonstration of a crash.
type crash struct {
	engine   *devengine.Engine
	db       *sql.DB
	database string

	mu  sync.Mutex // Guards out: the engine's observers print, too.
	out io.Writer
}

func (c *crash) linef(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// demonstrate lets a worker charge up to a point, kills it there, and starts
// another one, which gets the task again: with the same idempotency key.
func (c *crash) demonstrate(ctx context.Context, at point) error {
	c.linef("\n%s", at)
	order := rand.Text()
	before, err := balance(ctx, c.db, "4242")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, crashPatience)
	defer cancel()
	lost := make(chan struct{}, 1)
	charging := c.charge(ctx, order, lost)
	if err := c.killWorker(ctx, order, at, lost); err != nil {
		return err
	}
	second, err := startProcess(ctx, c.engine.Addr(), c.database, "")
	if err != nil {
		return err
	}
	defer second.kill()
	c.linef("  process %d is started", second.pid())
	charged := <-charging
	if charged.err != nil {
		return charged.err
	}
	c.linef("  the workflow is told %s", charged.id)
	if err := c.tellCharges(ctx, order); err != nil {
		return err
	}
	after, err := balance(ctx, c.db, "4242")
	if err != nil {
		return err
	}
	c.linef("  card 4242 has paid %s", formatMoney(before-after, currency))

	return nil
}

// killWorker starts a worker, kills it when its charge has come to a point, and
// waits until the engine has lost the attempt.
func (c *crash) killWorker(ctx context.Context, order string, at point, lost <-chan struct{}) error {
	first, err := startProcess(ctx, c.engine.Addr(), c.database, at)
	if err != nil {
		return err
	}
	defer first.kill()
	if err := first.waitUntilItWaits(at); err != nil {
		return err
	}
	c.linef("  process %d has come to this point", first.pid())
	if err := c.tellCharges(ctx, order); err != nil {
		return err
	}
	c.linef("  kill -9 %d", first.pid())
	first.kill()
	select {
	case <-lost:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// charged is how a charge has ended.
type charged struct {
	id  string
	err error
}

// charge charges in the background, and tells what becomes of the attempts. Lost
// gets one when the engine has lost one; another stream of the same worker may lose
// it once more.
func (c *crash) charge(ctx context.Context, order string, lost chan<- struct{}) <-chan charged {
	executor := c.engine.Executor(devengine.WithAttempts(func(a devengine.Attempt) {
		c.linef("  engine: attempt %d %s", a.Number, a.State)
		if a.State == devengine.AttemptLost {
			select {
			case lost <- struct{}{}:
			default:
			}
		}
	}))
	end := make(chan charged, 1) // One is sent, whether it is received or not.
	go func() {
		out, err := paymentsv1.NewPaymentsStub(executor).Charge(ctx, chargeRequest(order, "4242", 1230))
		end <- charged{out.GetChargeId(), err}
	}()

	return end
}

// tellCharges prints how often an order is charged.
func (c *crash) tellCharges(ctx context.Context, order string) error {
	var charges int
	err := c.db.QueryRowContext(ctx, `SELECT count(*) FROM charges WHERE order_id = $1`, order).Scan(&charges)
	if err != nil {
		return err
	}
	c.linef("  charges in the database: %d", charges)

	return nil
}

// process is a worker in a process of its own: this program, with -endpoint.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// startProcess starts a worker whose charges wait at a point; at none for "". It
// ends with ctx at the latest.
func startProcess(ctx context.Context, endpoint, database string, at point) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, //nolint:gosec // It is this program.
		"-endpoint", endpoint, "-database", database, "-wait", string(at))
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}

	return &process{cmd: cmd, lines: bufio.NewScanner(output)}, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill ends the process with SIGKILL, which it cannot see coming.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // It may have ended.
	_ = p.cmd.Wait()
}

// waitUntilItWaits reads what the process prints until it waits at a point.
func (p *process) waitUntilItWaits(at point) error {
	for p.lines.Scan() {
		if p.lines.Text() == waitsAt(at) {
			return nil
		}
	}

	return errors.Join(errors.New("the worker has ended"), p.lines.Err())
}
