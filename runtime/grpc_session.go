package aion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// registerTimeout bounds dialling, the token, the registration and its ack.
const registerTimeout = 10 * time.Second

var errRegisterTimeout = fmt.Errorf("no answer to the registration within %s", registerTimeout)

// grpcSession is a Session over one gRPC stream of a shared connection.
type grpcSession struct {
	connections *connections
	connection  *connection
	stream      grpc.ClientStream
	registered  Registered
	cancel      context.CancelCauseFunc
	ctx         context.Context //nolint:containedctx // The stream's: has the token, ends with the session.
	closed      sync.Once
	inbound     inboundFrame // The receiver's own.
	outbound    Frame        // The sender's own.
}

// openSession dials where it must, registers and waits for the engine's ack.
// When ctx ends before, so does the attempt; later the session is independent
// of ctx. A refusal is a *RegistrationError.
func (p *connections) openSession(ctx context.Context, reg Registration) (Session, error) {
	c, err := p.acquire(ctx)
	if err != nil {
		return nil, err
	}
	session := &grpcSession{connections: p, connection: c}
	streamCtx, cancel := context.WithCancelCause(c.ctx)
	session.cancel = cancel
	session.ctx = streamCtx
	timeout := time.AfterFunc(registerTimeout, func() { cancel(errRegisterTimeout) })
	defer timeout.Stop()
	unhook := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	err = session.register(p.target, reg)
	if !unhook() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if cause := context.Cause(streamCtx); cause != nil {
			err = cause
		}
		p.suspect(c)
		session.Close(err)

		return nil, registrationError(p.target.endpoint, reg, err)
	}
	c.watchFor(session.registered.HeartbeatWindow)

	return session, nil
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
	stream, err := s.connection.NewStream(s.ctx, desc, aionpb.WorkerProtocol_StreamWorker_FullMethodName)
	if err != nil {
		return err
	}
	s.stream = stream
	// A send error is io.EOF; receiving tells the engine's own words.
	if err := stream.SendMsg(registerFrame(reg)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var first aionpb.ServerToWorker
	if err := stream.RecvMsg(&first); err != nil {
		return err
	}
	ack := first.GetRegisterAck()
	if ack == nil {
		return status.Error(codes.Internal, "the engine's first frame is no registration ack")
	}
	s.registered = registeredOf(t.endpoint, reg, ack)
	s.inbound.registered = &s.registered
	s.connection.hear()

	return nil
}

func (s *grpcSession) Registered() Registered { return s.registered }

func (s *grpcSession) Receive() (Event, error) {
	if err := s.stream.RecvMsg(&s.inbound); err != nil {
		return Event{}, s.endReason(err)
	}
	s.connection.hear()
	event := s.inbound.received
	s.inbound.received = Event{}

	return event, nil
}

func (s *grpcSession) Send(frame Frame) error {
	s.outbound = frame
	err := s.stream.SendMsg(&s.outbound)
	s.outbound = Frame{}
	if err != nil {
		return s.endReason(err)
	}

	return nil
}

func (s *grpcSession) CloseSend() error {
	return s.stream.CloseSend()
}

func (s *grpcSession) Close(cause error) {
	s.closed.Do(func() {
		s.cancel(cause)
		s.connections.release(s.connection)
	})
}

// endReason replaces the transport's words by the cause of a local end. A
// stream that did not end in order casts doubt on its connection.
func (s *grpcSession) endReason(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	s.connections.suspect(s.connection)
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}

	return err
}
