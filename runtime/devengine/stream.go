package devengine

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// maxFrame is the size of the largest frame that a worker may send, in bytes.
const maxFrame = 4 << 20

// wireStream is the engine's side of one worker's stream.
type wireStream = grpc.BidiStreamingServer[aionpb.WorkerToServer, aionpb.ServerToWorker]

func errEngineClosed() error {
	return status.Errorf(codes.Unavailable, "%v", ErrClosed)
}

// service is what the gRPC server calls.
type service struct {
	aionpb.UnimplementedWorkerProtocolServer

	engine *Engine
}

// StreamWorker carries one worker from its registration to the end of its
// stream. Receiver and sender have goroutines of their own, so that the stream
// can end while either is stuck: both come back once this has returned.
func (s service) StreamWorker(stream wireStream) error {
	c := &connection{
		stream:   stream,
		outgoing: newMailbox[*aionpb.ServerToWorker](),
		ended:    make(chan struct{}),
	}
	deadline := s.engine.registerDeadline(c)
	s.engine.joined.Go(func() { s.engine.receive(c) })
	s.engine.joined.Go(c.send)
	<-c.ended

	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	deadline.stop()

	return c.err
}

// registerDeadline ends a stream that has not registered within a heartbeat
// window. It takes the mutex.
func (e *Engine) registerDeadline(c *connection) *alarm {
	e.mu.Lock()
	defer e.mu.Unlock()

	return e.after(e.cfg.HeartbeatWindow, func() {
		if !c.registered {
			c.end(status.Errorf(codes.Unavailable,
				"no RegisterWorker within %v: send it first", e.cfg.HeartbeatWindow))
		}
	})
}

// receive reads the frames of one stream until it ends, and removes the worker
// then. It takes the mutex for each frame.
func (e *Engine) receive(c *connection) {
	w, err := e.receiveRegister(c)
	if err != nil {
		c.end(err)
		return
	}

	for {
		frame, err := c.stream.Recv()
		if err != nil {
			e.receiveEnd(w, err)
			return
		}
		if size := proto.Size(frame); size > maxFrame {
			e.receiveEnd(w, fmt.Errorf("frame of %d bytes, the limit is %d", size, maxFrame))
			return
		}
		e.receiveFrame(w, frame)
	}
}

func (e *Engine) receiveRegister(c *connection) (*worker, error) {
	frame, err := c.stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err //nolint:wrapcheck // A gRPC status already.
	}
	if frame.GetRegister() == nil {
		return nil, status.Error(codes.InvalidArgument, //nolint:wrapcheck // A status as it is.
			"first message must be RegisterWorker")
	}

	return e.register(c, frame.GetRegister())
}

func (e *Engine) receiveFrame(w *worker, frame *aionpb.WorkerToServer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w.renew()

	switch m := frame.GetMessage().(type) {
	case *aionpb.WorkerToServer_Result:
		e.result(w, m.Result)
	case *aionpb.WorkerToServer_TaskRefused:
		e.refused(w, m.TaskRefused)
	case *aionpb.WorkerToServer_Heartbeat:
		e.heartbeat(w, m.Heartbeat)
	case *aionpb.WorkerToServer_LivenessAnswer:
		e.answered(w, m.LivenessAnswer.GetLivenessPing())
	case *aionpb.WorkerToServer_Register:
		w.log.Warn("second registration on a stream ignored")
	default:
		w.log.Warn("frame without a known message ignored")
	}
}

// receiveEnd removes the worker of a stream that has ended. After the worker's
// own close the sender still flushes what it has; all else, such as a frame over
// the limit, ends the stream at once and without a word.
func (e *Engine) receiveEnd(w *worker, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if errors.Is(err, io.EOF) {
		e.forget(w, "closed by the worker")
		w.conn.outgoing.close()
		return
	}

	e.forget(w, status.Convert(err).Message())
	w.conn.end(nil)
}

// connection is one stream, registered or not yet.
type connection struct {
	stream wireStream
	// outgoing has no bound; see the package comment.
	outgoing *mailbox[*aionpb.ServerToWorker]
	// registered is guarded by the engine's mutex.
	registered bool

	// ended is closed once err is set, and the stream's handler returns err.
	ended chan struct{}
	once  sync.Once
	err   error
}

// end ends the stream with err, a status error or nil, at once. The first call
// wins.
func (c *connection) end(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.ended)
	})
}

// send is the only sender of the stream. It does not hold the mutex.
func (c *connection) send() {
	for {
		frame, ok := c.outgoing.take(c.ended)
		if !ok {
			c.end(nil)
			return
		}
		if err := c.stream.Send(frame); err != nil {
			c.end(err)
			return
		}
	}
}
