package aion

import "time"

// instant is a point in time, in nanoseconds; the zero value is one long ago. It is
// for what is noted with each frame: it is a third of the size of a time.Time, and
// the clock is read in half the time.
type instant int64

// beginning is when the process began, about, which is longAgo, some 146 years, after
// the zero instant.
var beginning = time.Now()

const longAgo time.Duration = 1 << 62

func instantNow() instant { return instant(longAgo + time.Since(beginning)) }

// add returns the instant that is d later.
func (i instant) add(d time.Duration) instant { return i + instant(d) }

// since is how long it is from an earlier instant to i.
func (i instant) since(earlier instant) time.Duration { return time.Duration(i - earlier) }
