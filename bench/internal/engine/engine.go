package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	aionpb "github.com/aion-go/aion/gen/aion"
)

// What the tasks ask for, and what each good answer holds.
const (
	Input    = `{"name":"Ada Lovelace"}`
	Greeting = "Hello, Ada Lovelace!"
)

// Window is the heartbeat window that workers are given, the real engine's default.
const Window = windowMs * time.Millisecond

const windowMs = 30_000

// patience bounds the wait for what is missing after a run.
const patience = 60 * time.Second

// Engine is the scripted engine. One goroutine at a time gives it commands.
type Engine struct {
	aionpb.UnimplementedWorkerProtocolServer

	server    *grpc.Server
	ack       template
	templates map[string]template // Of tasks, by activity type; the commands' own.

	mu         sync.Mutex
	streams    []*stream     // Guarded by mu.
	registered chan struct{} // Capacity 1: another stream has registered.
}

// Listen starts an engine on a free port of the loopback interface.
func Listen() (*Engine, net.Addr, error) {
	ack, err := ackTemplate()
	if err != nil {
		return nil, nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	// Windows of this size never fill, so no time goes into updating them.
	const window = 16 << 20
	e := &Engine{
		server: grpc.NewServer(
			grpc.ForceServerCodecV2(codec{}),
			grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
			grpc.ReadBufferSize(128<<10), grpc.WriteBufferSize(128<<10),
		),
		ack: ack, templates: map[string]template{}, registered: make(chan struct{}, 1),
	}
	aionpb.RegisterWorkerProtocolServer(e.server, e)
	go func() { _ = e.server.Serve(listener) }() // Ends with Close.

	return e, listener.Addr(), nil
}

// Close ends the engine and all streams.
func (e *Engine) Close() { e.server.Stop() }

// StreamWorker serves one stream of the worker.
func (e *Engine) StreamWorker(
	wire grpc.BidiStreamingServer[aionpb.WorkerToServer, aionpb.ServerToWorker],
) error {
	var frame inbound
	if err := wire.RecvMsg(&frame); err != nil {
		return err
	}
	if frame.register == nil {
		return errors.New("the first frame is no registration")
	}
	s, err := e.register(wire, frame.register)
	if err != nil {
		return err
	}

	return s.receive()
}

// register answers a registration and takes the stream into service.
func (e *Engine) register(wire grpc.ServerStream, reg *aionpb.RegisterWorker) (*stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	number := len(e.streams) + 1
	ack, err := newTemplate(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_RegisterAck{
		RegisterAck: &aionpb.RegisterAck{
			WorkerId: uint64(number), Namespace: "default",
			HeartbeatWindowMs:      windowMs,
			AcceptedMaxConcurrency: reg.GetMaxConcurrency(),
		},
	}})
	if err != nil {
		return nil, err
	}
	if err := wire.SendMsg(outbound(ack.text)); err != nil {
		return nil, err
	}
	s := &stream{
		wire: wire, ack: e.ack, base: uint64(number) << 32,
		slots: int(reg.GetMaxConcurrency()), registeredAt: time.Now(),
	}
	e.streams = append(e.streams, s)
	select {
	case e.registered <- struct{}{}:
	default:
	}

	return s, nil
}

// await waits until the worker offers as many slots, and returns when it did.
func (e *Engine) await(slots int, patience time.Duration) (time.Time, error) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		offered := 0
		for _, s := range e.all() {
			offered += s.slots
			if offered >= slots {
				return s.registeredAt, nil
			}
		}
		select {
		case <-e.registered:
		case <-timeout.C:
			return time.Time{}, fmt.Errorf("the worker offers %d slots after %s, want %d",
				offered, patience, slots)
		}
	}
}

func (e *Engine) all() []*stream {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.Clone(e.streams)
}

// tasks returns the templates of activity types.
func (e *Engine) tasks(types []string) ([]template, error) {
	templates := make([]template, 0, len(types))
	for _, activityType := range types {
		t, ok := e.templates[activityType]
		if !ok {
			var err error
			if t, err = taskTemplate(activityType, Input); err != nil {
				return nil, err
			}
			e.templates[activityType] = t
		}
		templates = append(templates, t)
	}

	return templates, nil
}
