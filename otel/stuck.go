package otelaion

import (
	"errors"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

// StuckReason says why an activity counts as stuck.
type StuckReason string

// The reasons.
const (
	// StuckSlow says that it has taken a multiple of the usual time of its type.
	StuckSlow StuckReason = "slow"
	// StuckPastDeadline says that it runs on although its ActivityTimeout is over.
	StuckPastDeadline StuckReason = "past_deadline"
	// StuckDeaf says that it runs on although its context has ended for another
	// cause: the engine has cancelled it, say.
	StuckDeaf StuckReason = "deaf"
)

// StuckActivity is a running activity that is stuck.
type StuckActivity struct {
	aion.RunningActivity

	// Reason says why it counts as that.
	Reason StuckReason
	// Usual is the usual time of its type; 0 while that is not known.
	Usual time.Duration
}

// Stuck returns the activities of the watched workers that are stuck, in no order:
// which ones they are, while the metric aion.activity.stuck says how many. Its cost
// grows with the number of running activities.
//
// An activity is stuck that runs on for the time of WithStuckAfter although its
// context has ended, or that has taken longer than that time and than the multiple
// of WithStuckFactor of the usual time of its type. The usual time is a mean of
// completed runs in which newer ones count more, once ten have completed since the
// Observer was made.
func (o *Observer) Stuck() []StuckActivity {
	var stuck []StuckActivity
	now := time.Now()
	for _, w := range o.watched.all() {
		for _, r := range w.Running() {
			usual, _ := o.usual.of(nameOf(&r.Info))
			if reason := o.stuckReason(&r, usual, now); reason != "" {
				stuck = append(stuck, StuckActivity{RunningActivity: r, Reason: reason, Usual: usual})
			}
		}
	}

	return stuck
}

// stuckReason says why an activity is stuck; "" when it is not. A usual time of 0 is
// not known.
func (o *Observer) stuckReason(
	r *aion.RunningActivity, usual time.Duration, now time.Time,
) StuckReason {
	if r.Ended != nil {
		switch {
		case now.Sub(r.EndedAt) < o.cfg.stuckAfter:
			return ""
		case errors.Is(r.Ended, aion.ErrTimedOut):
			return StuckPastDeadline
		default:
			return StuckDeaf
		}
	}
	taken := now.Sub(r.Started)
	if usual > 0 && o.cfg.stuckFactor > 0 && taken >= o.cfg.stuckAfter &&
		taken.Seconds() > o.cfg.stuckFactor*usual.Seconds() {
		return StuckSlow
	}

	return ""
}
