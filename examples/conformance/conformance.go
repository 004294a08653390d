package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	conformancev1 "github.com/aion-go/aion/examples/conformance/gen/conformance/v1"
	aion "github.com/aion-go/aion/runtime"
)

// maxLargeBytes bounds a result to what no engine takes any more.
const maxLargeBytes = 64 << 20

var (
	errRetryable = errors.New("a retryable failure, as was asked for")
	errTerminal  = errors.New("a terminal failure, as was asked for")
)

// conformance implements the activities of the queue "conformance".
type conformance struct {
	mu   sync.Mutex
	runs map[string]int64 // How often Count was started, by key.
}

func (*conformance) Echo(_ context.Context, in *structpb.Value) (*structpb.Value, error) {
	return in, nil
}

func (*conformance) FailRetryable(context.Context, *structpb.Value) (*structpb.Value, error) {
	return nil, aion.Retryable(errRetryable)
}

func (*conformance) FailTerminal(context.Context, *structpb.Value) (*structpb.Value, error) {
	return nil, aion.Terminal(errTerminal)
}

func (*conformance) Panic(context.Context, *structpb.Value) (*structpb.Value, error) {
	panic("a panic, as was asked for")
}

func (*conformance) HeartbeatSlow(
	ctx context.Context, in *conformancev1.HeartbeatSlowRequest,
) (*conformancev1.HeartbeatSlowResponse, error) {
	if err := wait(ctx, in.GetHeartbeatAfterMs()); err != nil {
		return nil, err
	}
	progress := &conformancev1.HeartbeatSlowProgress{Phase: "halfway", Percent: 50}
	if err := conformancev1.ConformanceHeartbeatSlowHeartbeat(ctx, progress); err != nil {
		return nil, err
	}
	if err := wait(ctx, in.GetCompleteAfterMs()-in.GetHeartbeatAfterMs()); err != nil {
		return nil, err
	}

	return &conformancev1.HeartbeatSlowResponse{Status: "completed-after-heartbeat"}, nil
}

// CancelObserving looks at its context now and then, as code does that cannot
// wait for it. That the engine cancelled is reported as a terminal failure,
// "cancelled", by the runtime.
func (*conformance) CancelObserving(
	ctx context.Context, in *conformancev1.CancelObservingRequest,
) (*conformancev1.CancelObservingResponse, error) {
	poll := time.NewTicker(max(milliseconds(in.GetPollEveryMs()), time.Millisecond))
	defer poll.Stop()
	for ctx.Err() == nil {
		<-poll.C
	}

	return nil, context.Cause(ctx)
}

func (*conformance) BlockingEcho(
	ctx context.Context, in *conformancev1.BlockingEchoRequest,
) (*conformancev1.BlockingEchoResponse, error) {
	if err := wait(ctx, in.GetBlockMs()); err != nil {
		return nil, err
	}

	return &conformancev1.BlockingEchoResponse{Slot: in.GetSlot()}, nil
}

func (*conformance) IgnoreCancel(
	ctx context.Context, in *conformancev1.IgnoreCancelRequest,
) (*conformancev1.IgnoreCancelResponse, error) {
	if err := wait(context.WithoutCancel(ctx), in.GetForMs()); err != nil {
		return nil, err
	}

	return &conformancev1.IgnoreCancelResponse{Status: "done"}, nil
}

func (*conformance) Large(
	_ context.Context, in *conformancev1.LargeRequest,
) (*conformancev1.LargeResponse, error) {
	if in.GetBytes() < 0 || in.GetBytes() > maxLargeBytes {
		return nil, aion.Terminal(errors.New("bytes: want 0 to 67108864"))
	}

	return &conformancev1.LargeResponse{Data: strings.Repeat("x", int(in.GetBytes()))}, nil
}

func (c *conformance) Count(
	ctx context.Context, in *conformancev1.CountRequest,
) (*conformancev1.CountResponse, error) {
	runs := c.start(in.GetKey())
	if err := wait(ctx, in.GetBlockMs()); err != nil {
		return nil, err
	}

	return &conformancev1.CountResponse{Key: in.GetKey(), Runs: runs}, nil
}

// start counts a start, and returns how many there were.
func (c *conformance) start(key string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs == nil {
		c.runs = map[string]int64{}
	}
	c.runs[key]++

	return c.runs[key]
}

// wait waits for so many milliseconds, or returns why ctx ended before.
func wait(ctx context.Context, ms int64) error {
	timer := time.NewTimer(milliseconds(ms))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
