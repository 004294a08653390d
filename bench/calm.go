package main

import (
	"context"
	"runtime"
	"time"

	"github.com/aion-go/aion/bench/internal/process"
)

const (
	// tolerable is the share of the machine that other programs may use while a
	// sample is taken.
	tolerable = 0.1
	// probeTime is how long the machine is watched at a time.
	probeTime = 200 * time.Millisecond
)

// calmSample measures one worker, again while other programs disturb it, and keeps
// the sample that they disturbed least.
func (b bench) calmSample(ctx context.Context, w worker, window int) (sample, error) {
	var best sample
	for i := range b.tries {
		before, err := b.waitForCalm(ctx)
		if err != nil {
			return best, err
		}
		s, err := b.sample(ctx, w, window)
		if err != nil {
			return best, err
		}
		after, err := foreignLoad(ctx)
		if err != nil {
			return best, err
		}
		s.disturbed = (before + after) / 2
		if i == 0 || s.disturbed < best.disturbed {
			best = s
		}
		if best.disturbed < tolerable {
			break
		}
	}

	return best, nil
}

// waitForCalm waits until other programs leave the machine alone, or for as long
// as is reasonable, and returns the share of the machine that they used last.
func (b bench) waitForCalm(ctx context.Context) (float64, error) {
	for waited := time.Duration(0); ; waited += probeTime {
		load, err := foreignLoad(ctx)
		if err != nil || load < tolerable || waited > b.patience {
			return load, err
		}
	}
}

// foreignLoad watches the machine for a moment while nothing is measured, and
// returns the share of it that is in use.
func foreignLoad(ctx context.Context) (float64, error) {
	before, err := process.MachineCPU()
	if err != nil {
		return 0, err
	}
	moment := time.NewTimer(probeTime)
	defer moment.Stop()
	select {
	case <-moment.C:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	after, err := process.MachineCPU()

	return float64(after-before) / float64(probeTime) / float64(runtime.NumCPU()), err
}
