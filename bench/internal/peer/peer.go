package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime"

	aion "github.com/aion-go/aion/runtime"
)

// The names of the workers.
const (
	Typed               = "typed"
	TypedOnOneStream    = "typed-one-stream"
	TypedWithoutBallast = "typed-no-ballast"
	ByHand              = "protojson"
	Floor               = "floor"
	Many                = "many-types"
	Sleepers            = "sleepers"
)

func servers() map[string]func(context.Context, aion.Config) error {
	byHand := func(work answer) func(context.Context, aion.Config) error {
		return func(ctx context.Context, cfg aion.Config) error { return serveByHand(ctx, cfg, work) }
	}

	return map[string]func(context.Context, aion.Config) error{
		Typed:               serveTyped,
		TypedOnOneStream:    serveTypedOnOneStream,
		TypedWithoutBallast: serveTypedWithoutBallast,
		ByHand:              byHand(withProtoJSON),
		Floor:               byHand(fixed),
		Many:                serveMany,
		Sleepers:            serveSleepers,
	}
}

// Memory is what a worker says of its memory, as a line of JSON on its output.
type Memory struct {
	Mallocs    uint64 `json:"mallocs"`    // Allocations so far.
	TotalAlloc uint64 `json:"totalAlloc"` // Bytes allocated so far.
	Heap       uint64 `json:"heap"`       // Bytes live after a collection; 0 if not asked for.
	Stacks     uint64 `json:"stacks"`     // Bytes of stacks, likewise.
	Asleep     int64  `json:"asleep"`     // How many activities sleep.
}

// What can be asked for on a worker's input, as a line.
const (
	AskCounts = "counts" // Memory without Heap and Stacks.
	AskLive   = "live"   // Memory as a whole.
)

// Main is a worker as a program of its own. It answers questions until there are
// no more, and then ends.
func Main(name string, questions io.Reader, answers io.Writer) error {
	server, ok := servers()[name]
	if !ok {
		return fmt.Errorf("no worker %q", name)
	}
	cfg, err := aion.ConfigFromEnv()
	if err != nil {
		return err
	}
	// The default level is info: what a single task does is below it.
	cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // It has a level.
	ctx, stop := context.WithCancelCause(context.Background())
	go func() { stop(answerAll(questions, answers)) }() // Ends with the process.

	return server(ctx, cfg)
}

func answerAll(questions io.Reader, answers io.Writer) error {
	out := json.NewEncoder(answers)
	for {
		var question string
		if _, err := fmt.Fscanln(questions, &question); err != nil {
			return err
		}
		if err := out.Encode(measure(question == AskLive)); err != nil {
			return err
		}
	}
}

func measure(live bool) Memory {
	if live {
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	m := Memory{Mallocs: stats.Mallocs, TotalAlloc: stats.TotalAlloc, Asleep: asleep.Load()}
	if live {
		m.Heap, m.Stacks = stats.HeapAlloc, stats.StackInuse
	}

	return m
}
