package main

import (
	"context"
	"runtime"
	"time"

	"github.com/aion-go/aion/bench/internal/process"
)

const (
	// tolerable is the share of the machine that other programs may use before
	// something is measured.
	tolerable = 0.1
	// probeTime is how long the machine is watched at a time.
	probeTime = 200 * time.Millisecond
)

// waitForCalm waits until other programs leave the machine alone, or for as long
// as is reasonable.
func (b bench) waitForCalm(ctx context.Context) error {
	for waited := time.Duration(0); ; waited += probeTime {
		load, err := foreignLoad(ctx)
		if err != nil || load < tolerable || waited > b.patience {
			return err
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
