package aion_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	aion "github.com/aion-go/aion/runtime"
)

// whileRunning calls f while a worker with a ballast runs.
func whileRunning(t *testing.T, ballast int, f func()) {
	t.Helper()
	w, err := aion.NewWorker(aion.Config{
		Endpoint: "engine:50051", MaxConcurrency: 1, HeapBallast: ballast,
		Logger: slog.New(slog.DiscardHandler),
	}, handlerFunc(done))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.SetOpen(func(context.Context, aion.Registration) (aion.Session, error) {
		f()
		cancel()

		return nil, errors.New("there is no engine")
	})
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// liveHeap is how many bytes are in use after a collection.
func liveHeap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)

	return int(m.HeapAlloc)
}

//nolint:paralleltest // What others allocate meanwhile would count.
func TestTheCollectorCountsTheBallastWhileTheWorkerRuns(t *testing.T) {
	const large = 64 << 20
	for _, tt := range []struct {
		name        string
		ballast     int
		memoryLimit int64
		want        int
	}{
		{"by default", 0, math.MaxInt64, aion.DefaultHeapBallast},
		{"of a size", large, math.MaxInt64, large},
		{"none", -1, math.MaxInt64, 0},
		{"with little memory", 0, 32 << 20, 4 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(tt.memoryLimit))
			before := liveHeap()
			var running int
			whileRunning(t, tt.ballast, func() { running = liveHeap() })
			after := liveHeap()
			const little = 2 << 20
			if extra := running - before; extra < tt.want-little || extra > tt.want+little {
				t.Errorf("the heap has %d bytes more while the worker runs, want about %d", extra, tt.want)
			}
			if extra := after - before; extra > little {
				t.Errorf("the heap has %d bytes more after the worker has run, want next to none", extra)
			}
		})
	}
}

// residentMemory is how many bytes of memory the process has, by Linux.
func residentMemory(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("there is no /proc/self/statm")
	}
	pages, err := strconv.Atoi(string(bytes.Fields(statm)[1]))
	if err != nil {
		t.Fatal(err)
	}

	return pages * os.Getpagesize()
}

// A process that has freed much memory before may give some of that to the ballast, so
// the test has a process of its own.
func TestTheBallastTakesNoMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector has memory of its own for each byte")
	}
	const fresh = "AION_TEST_FRESH_PROCESS"
	if os.Getenv(fresh) == "" {
		t.Parallel()
		test := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		test.Env = append(os.Environ(), fresh+"=1")
		if output, err := test.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, output)
		}

		return
	}
	const ballast = 64 << 20
	before := residentMemory(t)
	whileRunning(t, ballast, func() {
		runtime.GC()
		if extra := residentMemory(t) - before; extra > ballast/4 {
			t.Errorf("a ballast of %d bytes takes %d bytes of memory, want next to none", ballast, extra)
		}
	})
}
