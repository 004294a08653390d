package aion

import (
	"math/rand/v2"
	"time"
)

// backoff decides how long to wait before the next attempt to connect, and
// when to give up. It is not safe for concurrent use.
type backoff struct {
	initial, longest time.Duration
	maxAttempts      int // negative: no bound

	failures int // in a row, counted against maxAttempts
	waits    int // in a row, drains included: how long the next wait is
}

// reset starts the count anew: the last session did something useful.
func (b *backoff) reset() { b.failures, b.waits = 0, 0 }

// failed counts a failure. It returns the wait before the next attempt, or
// false when there is none left.
func (b *backoff) failed() (time.Duration, bool) {
	b.failures++
	if b.maxAttempts >= 0 && b.failures >= b.maxAttempts {
		return 0, false
	}

	return b.next(), true
}

// next returns the wait before an attempt that costs nothing, after a drain.
// A server that drains each new stream at once is not asked in a tight loop.
func (b *backoff) next() time.Duration {
	b.waits++
	if b.waits == 1 {
		return 0
	}
	wait := b.longest
	if doublings := b.waits - 2; doublings < 32 && b.initial<<doublings>>doublings == b.initial {
		wait = min(b.longest, b.initial<<doublings)
	}

	return wait/2 + rand.N(wait/2+1) //nolint:gosec // Jitter needs no secrecy.
}
