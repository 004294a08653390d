package aion

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // Registers the codec that frameCodec wraps.
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
)

const (
	// registerTimeout bounds dialling, the token, the registration and its ack.
	registerTimeout = 10 * time.Second
	// keepaliveTime is above the five minutes that gRPC servers tolerate by
	// default; a server or proxy would end a connection that asks more often.
	// What has to be noticed sooner is the part of grpcSession.watch.
	keepaliveTime    = 6 * time.Minute
	keepaliveTimeout = 20 * time.Second
	// probeMethod is answered by every gRPC server, if only with Unimplemented.
	probeMethod = "/grpc.health.v1.Health/Check"
)

var (
	errRegisterTimeout = fmt.Errorf("no answer to the registration within %s", registerTimeout)
	errHalfOpen        = errors.New("the connection is half open: the engine has been silent " +
		"and does not answer within its heartbeat window")
)

// target says where and how to open sessions.
type target struct {
	endpoint    string // host:port
	tls         *tls.Config
	token       TokenSource
	dialOptions []grpc.DialOption
}

// grpcSession is a Session over one gRPC stream on a connection of its own.
type grpcSession struct {
	conn       *grpc.ClientConn
	stream     grpc.ClientStream
	registered Registered
	cancel     context.CancelCauseFunc
	ctx        context.Context //nolint:containedctx // The stream's: has the token, ends with the session.
	heard      atomic.Int64    // When the engine was last heard, in nanoseconds since the epoch.
	watching   sync.WaitGroup
}

// openSession dials, registers and waits for the engine's ack. When ctx ends
// before, so does the attempt; later the session is independent of ctx. A
// refusal is an *EngineError.
func openSession(ctx context.Context, t target, reg Registration) (Session, error) {
	conn, err := grpc.NewClient(t.endpoint, t.options()...)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", t.endpoint, err)
	}
	session := &grpcSession{conn: conn}
	streamCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	session.cancel = cancel
	session.ctx = streamCtx
	timeout := time.AfterFunc(registerTimeout, func() { cancel(errRegisterTimeout) })
	defer timeout.Stop()
	unhook := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	err = session.register(t, reg)
	if !unhook() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if cause := context.Cause(streamCtx); cause != nil {
			err = cause
		}
		session.Close(err)

		return nil, registrationError(t.endpoint, reg, err)
	}
	session.watching.Go(session.watch)

	return session, nil
}

func (t target) options() []grpc.DialOption {
	creds := insecure.NewCredentials()
	if t.tls != nil {
		creds = credentials.NewTLS(t.tls.Clone())
	}
	return append([]grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time:                keepaliveTime,
			Timeout:             keepaliveTimeout,
			PermitWithoutStream: true,
		}),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(frameCodec{encoding.GetCodecV2("proto")}),
			grpc.MaxCallRecvMsgSize(math.MaxInt32),
			grpc.MaxCallSendMsgSize(MaxFrameBytes),
		),
	}, t.dialOptions...)
}

// register opens the stream, sends the registration at once and reads the ack.
func (s *grpcSession) register(t target, reg Registration) error {
	if t.token != nil {
		token, err := t.token(s.ctx)
		if err != nil {
			return &tokenError{err}
		}
		s.ctx = metadata.AppendToOutgoingContext(s.ctx, "authorization", "Bearer "+token)
	}
	desc := &aionpb.WorkerProtocol_ServiceDesc.Streams[0]
	stream, err := s.conn.NewStream(s.ctx, desc, aionpb.WorkerProtocol_StreamWorker_FullMethodName)
	if err != nil {
		return err
	}
	s.stream = stream
	// A send error is io.EOF; receiving tells the engine's own words.
	if err := stream.SendMsg(registerFrame(reg)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var frame inboundFrame
	if err := stream.RecvMsg(&frame); err != nil {
		return err
	}
	ack := frame.message.GetRegisterAck()
	if ack == nil {
		return status.Error(codes.Internal, "the engine's first frame is no registration ack")
	}
	s.registered = registeredOf(t.endpoint, reg, ack)
	s.heard.Store(time.Now().UnixNano())

	return nil
}

func (s *grpcSession) Registered() Registered { return s.registered }

func (s *grpcSession) Receive() (Event, error) {
	var frame inboundFrame
	if err := s.stream.RecvMsg(&frame); err != nil {
		return Event{}, s.endReason(err)
	}
	s.heard.Store(time.Now().UnixNano())

	return eventOf(s.registered, &frame.message, frame.err), nil
}

func (s *grpcSession) Send(frame Frame) error {
	if err := s.stream.SendMsg(wireFrame(frame)); err != nil {
		return s.endReason(err)
	}

	return nil
}

func (s *grpcSession) CloseSend() error {
	return s.stream.CloseSend()
}

func (s *grpcSession) Close(cause error) {
	s.cancel(cause)
	s.watching.Wait()
	_ = s.conn.Close() // It only fails when it is closed already.
}

// endReason replaces the transport's words by the cause of a local end.
func (s *grpcSession) endReason(err error) error {
	if cause := context.Cause(s.ctx); cause != nil && !errors.Is(err, io.EOF) {
		return cause
	}

	return err
}

// watch ends the session when nothing comes from the engine any more. An
// engine need not send anything, so one that has been silent for half a window
// is asked something that every gRPC server answers. That takes an eighth of a
// window at most to begin and a quarter to fail, which is less than a window.
func (s *grpcSession) watch() {
	window := s.registered.HeartbeatWindow
	tick := time.NewTicker(max(window/8, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.stream.Context().Done():
			return
		case <-tick.C:
		}
		if time.Since(time.Unix(0, s.heard.Load())) >= window/2 && !s.probe(window/4) {
			s.cancel(errHalfOpen)

			return
		}
	}
}

// probe reports whether the engine is heard within the timeout: by its answer,
// whatever it says, or by any frame.
func (s *grpcSession) probe(timeout time.Duration) bool {
	asked := time.Now().UnixNano()
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	err := s.conn.Invoke(ctx, probeMethod, &aionpb.DrainRequest{}, &aionpb.DrainRequest{})
	if status.Code(err) != codes.DeadlineExceeded {
		s.heard.Store(time.Now().UnixNano())
	}

	return s.heard.Load() >= asked
}

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
