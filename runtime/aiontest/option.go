package aiontest

import (
	"time"

	"github.com/aion-go/aion/runtime/devengine"
)

// Option changes how Start runs an activity. Options given later win.
type Option struct{ run devengine.RunOption }

// Attempt is the number of the first attempt, for activities that look at it: as
// if there had been others before. Default 1.
func Attempt(number int) Option {
	return Option{devengine.WithFirstAttempt(number)}
}

// Labels are the labels of the activity. Default none.
func Labels(labels map[string]string) Option {
	return Option{devengine.WithLabels(labels)}
}

// Retry says how often and when a failed attempt is followed by another one.
// Default Config.Engine.Retry.
func Retry(policy devengine.RetryPolicy) Option {
	return Option{devengine.WithRetry(policy)}
}

// Timeout is how long an attempt may take for the engine. An attempt that takes
// longer has failed, and its context ends when a retry replaces it. 0 is no
// bound. Default Config.Engine.Timeout.
func Timeout(d time.Duration) Option {
	return Option{devengine.WithTimeout(d)}
}
