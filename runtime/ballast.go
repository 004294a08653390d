package aion

import "runtime/debug"

const (
	// maxHeapBallast is the most that Config.HeapBallast may be, in bytes.
	maxHeapBallast = 1 << 30
	// ballastShare is which part of the memory limit, GOMEMLIMIT, a ballast may be.
	ballastShare = 8
)

// newBallast returns memory for Config.HeapBallast. The collector runs when the heap
// has about doubled, which that of a busy worker has every two thousand tasks or so: a
// ballast lets it have so much more garbage. Nothing ever touches it, so the system has
// no pages for it.
func newBallast(bytes int) []byte {
	limit := debug.SetMemoryLimit(-1) // That only asks.

	return make([]byte, min(max(int64(bytes), 0), limit/ballastShare))
}
