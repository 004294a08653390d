package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aion-go/aion/bench/internal/engine"
	"github.com/aion-go/aion/bench/internal/table"
)

// turns is how often workers that are compared take turns in a round. A turn is short:
// what disturbs the machine for longer disturbs all of them alike.
const turns = 10

// contestant is a worker that is compared with others.
type contestant struct {
	worker

	slots   int
	work    engine.Command    // What it is kept busy with.
	prepare func(*pair) error // What comes before its warm-up; nil for nothing.

	pair  *pair // From its start on.
	spent spent
}

// spent is what a worker has done in its turns, and what that took.
type spent struct {
	tasks          int
	elapsed        time.Duration
	engine, worker time.Duration // Processor time.
	mallocs, bytes uint64
	peak           uint64        // Bytes.
	p50, p99       table.Figures // Of each turn, in microseconds.
}

// compete starts contestants and keeps them busy, for a warm-up each, and then in
// turns, the one of the number first at the start. It returns a sample of each.
func (b bench) compete(ctx context.Context, contestants []*contestant, first int) ([]sample, error) {
	for _, c := range contestants {
		var err error
		if c.pair, err = b.start(ctx, c.worker, c.slots); err != nil {
			return nil, err
		}
		defer c.pair.close()
		if c.prepare != nil {
			if err := c.prepare(c.pair); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range contestants {
		if err := c.turn(b.warm); err != nil {
			return nil, err
		}
		c.spent = spent{}
	}
	for turn := range turns {
		for i := range contestants {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			c := contestants[(first+turn+i)%len(contestants)]
			if err := c.turn(b.duration / turns); err != nil {
				return nil, err
			}
		}
	}
	samples := make([]sample, len(contestants))
	for i, c := range contestants {
		samples[i] = c.spent.sample()
	}

	return samples, nil
}

// turn keeps the worker busy for a while.
func (c *contestant) turn(duration time.Duration) error {
	work := c.work
	work.Op, work.Duration = engine.OpRun, duration
	before, err := c.pair.costs()
	if err != nil {
		return err
	}
	totals, err := c.pair.command(work)
	if err != nil {
		return fmt.Errorf("worker %q, a turn of %s: %w", c.name, duration, err)
	}
	after, err := c.pair.costs()
	if err != nil {
		return err
	}
	s := &c.spent
	s.tasks += totals.Tasks
	s.elapsed += totals.Elapsed
	s.engine += after.engine - before.engine
	s.worker += after.worker - before.worker
	s.mallocs += after.memory.Mallocs - before.memory.Mallocs
	s.bytes += after.memory.TotalAlloc - before.memory.TotalAlloc
	s.p50 = append(s.p50, microseconds(totals.P50))
	s.p99 = append(s.p99, microseconds(totals.P99))
	s.peak, err = c.pair.worker.PeakRSS()

	return err
}

// sample is what was spent for each task.
func (s spent) sample() sample {
	tasks := float64(s.tasks)

	return sample{
		perSecond: tasks / s.elapsed.Seconds(),
		p50:       s.p50.Median(),
		p99:       s.p99.Median(),
		cpu:       microseconds(s.worker) / tasks,
		engineCPU: microseconds(s.engine) / tasks,
		allocs:    float64(s.mallocs) / tasks,
		bytes:     float64(s.bytes) / tasks,
		peak:      float64(s.peak) / (1 << 20),
	}
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
