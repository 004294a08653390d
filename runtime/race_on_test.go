//go:build race

package aion_test

// raceDetector says that the race detector is on. It allocates.
const raceDetector = true
