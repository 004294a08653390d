// Package engine is the scripted engine of the benchmarks: it keeps the slots of
// one worker full and counts what comes back. It knows of the wire what that
// takes, and encodes and decodes no more than it must, so that it costs less than
// the workers that it drives.
package engine
