package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/aion-go/aion/bench/internal/engine"
	"github.com/aion-go/aion/bench/internal/peer"
	"github.com/aion-go/aion/bench/internal/process"
)

// worker is a kind of worker that is measured.
type worker struct {
	name, title string
	path        string // The program; empty for this one.
}

// reference is the name of the reference SDK's worker.
const reference = "reference"

// pair is an engine and a worker that has registered with it. It belongs to one
// goroutine, which closes it.
type pair struct {
	engine, worker *process.Process
	answers        bool // The worker answers questions about its memory.
	started        time.Time
	registered     time.Time
}

// start starts a worker with so many slots, and an engine for it.
func (b bench) start(ctx context.Context, w worker, slots int) (*pair, error) {
	e, err := process.Start(ctx, b.cores.engine, nil, []string{b.self, engineRole})
	if err != nil {
		return nil, err
	}
	p := &pair{engine: e, answers: w.path == ""}
	address, err := e.Line()
	if err != nil {
		return nil, err
	}
	command := []string{b.self, workerRole, w.name}
	endpoint := address
	if w.path != "" {
		command, endpoint = []string{w.path}, "http://"+address
	}
	p.started = time.Now()
	p.worker, err = process.Start(ctx, b.cores.worker, []string{
		"AION_WORKER_ENDPOINT=" + endpoint,
		"AION_WORKER_CONCURRENCY=" + strconv.Itoa(slots),
	}, command)
	if err == nil {
		err = p.await(slots)
	}
	if err != nil {
		p.close()

		return nil, fmt.Errorf("worker %q: %w", w.name, err)
	}

	return p, nil
}

// await waits until the worker offers as many slots.
func (p *pair) await(slots int) error {
	const (
		patience = 60 * time.Second
		step     = 500 * time.Millisecond
	)
	for {
		c := engine.Command{Op: engine.OpAwait, Tasks: slots, Duration: step}
		reply, err := p.command(c)
		if err == nil {
			p.registered = reply.Registered

			return nil
		}
		if p.worker.HasEnded() {
			return p.worker.Blame(errors.New("it has ended"))
		}
		if time.Since(p.started) > patience {
			return err
		}
	}
}

func (p *pair) close() {
	if p.worker != nil {
		p.worker.Stop()
	}
	p.engine.Stop()
}

func (p *pair) command(c engine.Command) (engine.Reply, error) {
	var reply engine.Reply
	if err := p.engine.Command(c, &reply); err != nil {
		return reply, err
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}

	return reply, nil
}

// memory asks the worker about its memory; there is no answer from a foreign one.
func (p *pair) memory(question string) (peer.Memory, error) {
	var m peer.Memory
	if !p.answers {
		return m, nil
	}

	return m, p.worker.Ask(question, &m)
}

// costs is what engine and worker have used so far.
type costs struct {
	engine, worker time.Duration
	memory         peer.Memory
}

func (p *pair) costs() (costs, error) {
	var c costs
	var errs [3]error
	c.memory, errs[0] = p.memory(peer.AskCounts)
	c.engine, errs[1] = p.engine.CPU()
	c.worker, errs[2] = p.worker.CPU()

	return c, errors.Join(errs[:]...)
}

// workers are those to compare, the reference last.
func (b bench) workers() ([]worker, error) {
	all := []worker{
		{name: peer.Typed, title: "this module"},
		{name: peer.TypedOnOneStream, title: "this module, one stream"},
		{name: peer.TypedWithoutBallast, title: "this module, no ballast"},
		{name: peer.ByHand, title: "by hand, protojson"},
		{name: peer.Floor, title: "by hand, no payload (floor)"},
	}
	if b.reference != "" {
		path, err := exec.LookPath(b.reference)
		if err != nil {
			return nil, fmt.Errorf("reference worker: %w", err)
		}
		all = append(all, worker{name: reference, title: "reference SDK", path: path})
	}
	if b.only == "" {
		return all, nil
	}
	var chosen []worker
	for name := range strings.SplitSeq(b.only, ",") {
		before := len(chosen)
		for _, w := range all {
			if w.name == name {
				chosen = append(chosen, w)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no worker is called %q", name)
		}
	}

	return chosen, nil
}
