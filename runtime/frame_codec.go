package aion

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // Registers the codec that frameCodec wraps.
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// inboundFrame is where a frame from the engine is read into.
type inboundFrame struct {
	registered *Registered // The session's, which does not change.
	received   Event
}

// frameCodec is gRPC's proto codec, except for a *Frame, which it writes, and an
// *inboundFrame: one that is not readable does not end the stream.
type frameCodec struct{ encoding.CodecV2 }

func (c frameCodec) Marshal(v any) (mem.BufferSlice, error) {
	frame, ok := v.(*Frame)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size, message, ok := frameSize(frame)
	if !ok {
		return c.CodecV2.Marshal(wireFrame(*frame))
	}
	if mem.IsBelowBufferPoolingThreshold(size) {
		return mem.BufferSlice{mem.SliceBuffer(appendFrame(make([]byte, 0, size), frame, message))}, nil
	}
	pool := mem.DefaultBufferPool()
	buffer := pool.Get(size)
	*buffer = appendFrame((*buffer)[:0], frame, message)

	return mem.BufferSlice{mem.NewBuffer(buffer, pool)}, nil
}

func (c frameCodec) Unmarshal(data mem.BufferSlice, v any) error {
	frame, ok := v.(*inboundFrame)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	frame.read(buffer.ReadOnlyData())

	return nil
}

// read reads a frame, which stays the caller's.
func (f *inboundFrame) read(data []byte) {
	f.received = Event{}
	if !readEvent(data, f.registered, &f.received) {
		f.received = f.readMessage(data)
	}
}

// readMessage reads a frame by package proto, or as much of it as is readable.
func (f *inboundFrame) readMessage(data []byte) Event {
	var message aionpb.ServerToWorker
	err := proto.Unmarshal(data, &message)
	if err != nil {
		message.Reset()
		if task := salvageTask(data); task != nil {
			message.Message = &aionpb.ServerToWorker_Task{Task: task}
		}
	}

	return eventOf(f.registered, &message, err)
}
