package aion

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // Registers the codec that frameCodec wraps.
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// inboundFrame is a frame from the engine, or as much of it as was readable.
type inboundFrame struct {
	message aionpb.ServerToWorker
	err     error
}

// frameCodec is gRPC's proto codec, except that an unreadable frame does not
// end the stream.
type frameCodec struct{ encoding.CodecV2 }

func (c frameCodec) Unmarshal(data mem.BufferSlice, v any) error {
	frame, ok := v.(*inboundFrame)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	frame.err = proto.Unmarshal(buffer.ReadOnlyData(), &frame.message)
	if frame.err != nil {
		frame.message.Reset()
		if task := salvageTask(buffer.ReadOnlyData()); task != nil {
			frame.message.Message = &aionpb.ServerToWorker_Task{Task: task}
		}
	}

	return nil
}
