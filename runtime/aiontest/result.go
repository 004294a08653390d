package aiontest

import (
	"context"

	"google.golang.org/grpc"

	aion "github.com/aion-go/aion/runtime"
)

// countResults is the interceptor of the worker's streams that sees each result
// on its way to the engine.
func (e *Engine) countResults(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string,
	open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil {
		return nil, err
	}

	return resultCounter{ClientStream: stream, engine: e}, nil
}

type resultCounter struct {
	grpc.ClientStream

	engine *Engine
}

func (c resultCounter) SendMsg(message any) error {
	if frame, ok := message.(*aion.Frame); ok && frame.Kind == aion.FrameResult {
		c.engine.resultSent(frame.Key.WorkflowID)
	}

	return c.ClientStream.SendMsg(message)
}

func (e *Engine) resultSent(workflowID string) {
	e.mu.Lock()
	r := e.records[workflowID]
	e.mu.Unlock()
	r.note(func() { r.resultsSent++ })
}
