package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aion-go/aion/bench/internal/engine"
	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/table"
	aion "github.com/aion-go/aion/runtime"
)

const (
	// crowd is how many activities sleep or run, and how many results are
	// unacknowledged.
	crowd = 10_000
	// crowdPatience bounds the wait until all of them sleep.
	crowdPatience = 60 * time.Second
	// twoBeats is how long they take with the engine's window.
	twoBeats = 2 * engine.Window / 4
)

// conditions are the figures of this module's worker when there is much of
// something, by name.
type conditions map[condition]table.Figures

type condition string

const (
	asleepBytes    condition = "memory of an activity that sleeps, 10,000 of them, KiB"
	asleepStack    condition = "of it the goroutine's stack, KiB"
	slotBytes      condition = "all of it with the streams of its 10,000 slots, KiB"
	asleepCPU      condition = "processor time meanwhile, % of a core"
	besideUnacked  condition = "tasks in the same processor time, beside 10,000 unacknowledged results"
	besideRunning  condition = "tasks in the same processor time, beside 10,000 running activities"
	acrossTypes    condition = "tasks in the same processor time, with 1,000 activity types"
	startFirst     condition = "process start to registered, ms"
	startAll       condition = "process start to registered with 32 streams, ms"
	startReference condition = "process start to registered, the reference SDK, ms"
	generatorTime  condition = "generator, 1,000 rpcs, s"
	generatorRatio condition = "generator, 1,000 rpcs against 250"
)

// allConditions are in the order of the table.
func allConditions() []condition {
	return []condition{
		asleepBytes, asleepStack, slotBytes, asleepCPU, besideUnacked, besideRunning, acrossTypes,
		startFirst, startAll, startReference, generatorTime, generatorRatio,
	}
}

// unit is what goes after the figure.
func (c condition) unit() string {
	switch c {
	case besideUnacked, besideRunning, acrossTypes, generatorRatio:
		return "×"
	default:
		return ""
	}
}

func (c conditions) table() string {
	rows := table.New("what", "figure")
	for _, name := range allConditions() {
		if len(c[name]) > 0 {
			rows.Add(string(name), c[name].String()+name.unit())
		}
	}

	return rows.String()
}

func (c conditions) add(name condition, figure float64) {
	c[name] = append(c[name], figure)
	fmt.Fprintf(os.Stderr, "%s: %s\n", name, table.Number(figure))
}

// underConditions measures all conditions.
func (b bench) underConditions(ctx context.Context) (conditions, error) {
	c := conditions{}
	steps := []func(context.Context, conditions) error{
		b.asleep, b.besideUnacknowledged, b.besideRunning, b.acrossTypes, b.starts,
	}
	for range b.rounds {
		for _, step := range steps {
			if err := b.waitForCalm(ctx); err != nil {
				return nil, err
			}
			if err := step(ctx, c); err != nil {
				return nil, err
			}
		}
	}

	return c, b.generator(ctx, c)
}

// asleep lets activities sleep and measures what they and the beats cost.
func (b bench) asleep(ctx context.Context, c conditions) error {
	p, err := b.start(ctx, worker{name: peer.Sleepers}, crowd)
	if err != nil {
		return err
	}
	defer p.close()
	before, err := p.memory(peer.AskLive)
	if err != nil {
		return err
	}
	if err := p.fill(); err != nil {
		return err
	}
	after, err := p.memory(peer.AskLive)
	if err != nil {
		return err
	}
	each := func(bytes uint64) float64 { return float64(bytes) / crowd / (1 << 10) }
	c.add(asleepBytes, each(after.Heap+after.Stacks-before.Heap-before.Stacks))
	c.add(asleepStack, each(after.Stacks-before.Stacks))
	c.add(slotBytes, each(after.Heap+after.Stacks-aion.DefaultHeapBallast)) // Which takes no memory.
	began, err := p.worker.CPU()
	if err != nil {
		return err
	}
	time.Sleep(b.pump)
	ended, err := p.worker.CPU()
	c.add(asleepCPU, 100*float64(ended-began)/float64(b.pump))

	return err
}

// fill sends the crowd and waits until all of it sleeps.
func (p *pair) fill() error {
	fill := engine.Command{Op: engine.OpFill, Types: []string{peer.SleepActivity}, Tasks: crowd}
	if _, err := p.command(fill); err != nil {
		return err
	}
	const pause = 10 * time.Millisecond
	var asleep int64
	for began := time.Now(); time.Since(began) < crowdPatience; time.Sleep(pause) {
		m, err := p.memory(peer.AskCounts)
		if err != nil {
			return err
		}
		if asleep = m.Asleep; asleep == crowd {
			return nil
		}
	}

	return fmt.Errorf("%d activities sleep after %s, want %d", asleep, crowdPatience, crowd)
}

// besideUnacknowledged compares what a task costs without and with many results that
// the engine has not acknowledged. It is over before the worker sends them again.
func (b bench) besideUnacknowledged(ctx context.Context, c conditions) error {
	return b.grow(ctx, c, besideUnacked, costsWindow, func(p *pair) error {
		_, err := p.command(engine.Command{
			Op: engine.OpRun, Types: greetings(), Tasks: crowd, NoAcks: true,
		})

		return err
	})
}

// besideRunning compares what a task costs without and with many activities that have
// begun.
func (b bench) besideRunning(ctx context.Context, c conditions) error {
	return b.grow(ctx, c, besideRunning, crowd+costsWindow, (*pair).fill)
}

// grow compares what a task costs a worker with what it costs one that has grown.
func (b bench) grow(
	ctx context.Context, c conditions, name condition, slots int, grown func(*pair) error,
) error {
	work := engine.Command{Types: greetings(), Window: costsWindow}
	small := contestant{worker: worker{name: peer.Sleepers}, slots: slots, work: work}
	large := small
	large.prepare = grown

	return b.relate(ctx, c, name, &small, &large)
}

// acrossTypes compares what a task costs with one activity type and with many.
func (b bench) acrossTypes(ctx context.Context, c conditions) error {
	types := make([]string, peer.ManyTypes)
	for i := range types {
		types[i] = peer.ManyType(i)
	}

	return b.relate(ctx, c, acrossTypes,
		&contestant{
			worker: worker{name: peer.Typed}, slots: costsWindow, work: engine.Command{Types: greetings()},
		},
		&contestant{
			worker: worker{name: peer.Many}, slots: costsWindow, work: engine.Command{Types: types},
		})
}

// relate adds what the second worker gets done in the processor time of the first. A
// worker whose slots are full is always busy, so that its cost decides the throughput;
// and other programs disturb it less.
func (b bench) relate(ctx context.Context, c conditions, name condition, first, second *contestant) error {
	samples, err := b.compete(ctx, []*contestant{first, second}, len(c[name]))
	if err != nil {
		return err
	}
	c.add(name, samples[0].cpu/samples[1].cpu)

	return nil
}

// starts measures how long a worker takes from its process's start.
func (b bench) starts(ctx context.Context, c conditions) error {
	for _, tt := range []struct {
		name  condition
		w     worker
		slots int
	}{
		{startFirst, worker{name: peer.Typed}, 1},
		{startAll, worker{name: peer.Typed}, costsWindow},
		{startReference, worker{name: reference, path: b.reference}, 1},
	} {
		if tt.w.name == reference && b.reference == "" {
			continue
		}
		p, err := b.start(ctx, tt.w, tt.slots)
		if err != nil {
			return err
		}
		p.close()
		c.add(tt.name, microseconds(p.registered.Sub(p.started))/1000)
	}

	return nil
}
