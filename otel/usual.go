package otelaion

import (
	"sync"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

const (
	// enoughRuns is how many runs must have completed before the usual time of
	// their activity counts.
	enoughRuns = 10
	// newRunWeight is the part that one run has in the usual time; so that is about
	// the mean of the last twenty.
	newRunWeight = 0.1
)

// activityName names an activity in attributes. There are as many as a worker has
// activities.
type activityName struct{ namespace, taskQueue, activityType string }

func nameOf(info *aion.Info) activityName {
	return activityName{info.Namespace, info.TaskQueue, info.ActivityType}
}

// usualTimes know how long activities usually take. It is safe for concurrent use.
type usualTimes struct {
	mu     sync.Mutex
	byName map[activityName]*usualTime // Guarded by mu, with all that is in it.
}

// usualTime is the mean of the completed runs of an activity, in which the older
// ones count less and less.
type usualTime struct {
	runs int // Up to enoughRuns.
	mean time.Duration
}

// know notes that an activity exists.
func (u *usualTimes) know(name activityName) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.entry(name)
}

// learn notes that a run of an activity has completed.
func (u *usualTimes) learn(name activityName, took time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	t := u.entry(name)
	weight := newRunWeight
	if t.runs < enoughRuns {
		t.runs++
		weight = 1 / float64(t.runs)
	}
	t.mean += time.Duration(weight * float64(took-t.mean))
}

// of returns the usual time of an activity; it is false when not enough runs of it
// have completed.
func (u *usualTimes) of(name activityName) (time.Duration, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	t := u.byName[name]
	if t == nil || t.runs < enoughRuns {
		return 0, false
	}

	return t.mean, true
}

// names are the activities that exist.
func (u *usualTimes) names() []activityName {
	u.mu.Lock()
	defer u.mu.Unlock()
	names := make([]activityName, 0, len(u.byName))
	for name := range u.byName {
		names = append(names, name)
	}

	return names
}

// entry returns the time of an activity, a new one if need be. The caller holds mu.
func (u *usualTimes) entry(name activityName) *usualTime {
	t := u.byName[name]
	if t == nil {
		t = &usualTime{}
		u.byName[name] = t
	}

	return t
}
