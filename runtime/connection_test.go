package aion_test

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	aion "github.com/aion-go/aion/runtime"
)

// countingDialer counts the connections that it has dialled and that are open.
type countingDialer struct{ dialled, open atomic.Int32 }

func (d *countingDialer) option() grpc.DialOption {
	return grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		d.dialled.Add(1)
		d.open.Add(1)

		return &countedConn{Conn: conn, open: &d.open}, nil
	})
}

type countedConn struct {
	net.Conn

	open   *atomic.Int32
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}

	return c.Conn.Close()
}

// hub is an engine that hands each registered stream to the test.
func hub(t *testing.T) (e *rawEngine, registered chan string, end chan error) {
	t.Helper()
	registered, end = make(chan string), make(chan error)
	e = newRawEngine(t, func(stream engineStream) error {
		reg, err := accept(stream, time.Minute)
		if err != nil {
			return err
		}
		registered <- reg.GetIdentity()
		received := make(chan error, 1)
		go func() { // Ends with the stream.
			for {
				if _, err := stream.Recv(); err != nil {
					received <- err

					return
				}
			}
		}()
		select {
		case <-received:
			return nil
		case err := <-end:
			return err
		}
	})

	return e, registered, end
}

func TestStreamsShareAConnectionUntilItIsSuspect(t *testing.T) {
	t.Parallel()
	e, registered, end := hub(t)
	d := &countingDialer{}
	stop := runWorker(t, aion.Config{
		Endpoint: e.addr, StreamConcurrency: 1, DialOptions: []grpc.DialOption{d.option()},
	}, handlerFunc(done))
	for range 4 {
		<-registered
	}
	if got := d.dialled.Load(); got != 1 {
		t.Fatalf("got %d connections for 4 streams, want 1", got)
	}
	end <- nil // In order: the connection is as good as before.
	<-registered
	if got := d.dialled.Load(); got != 1 {
		t.Fatalf("got %d connections after an orderly end, want 1", got)
	}
	end <- context.DeadlineExceeded
	<-registered
	if got := d.dialled.Load(); got != 2 {
		t.Fatalf("got %d connections after a fault, want another one", got)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := d.open.Load(); got != 0 {
		t.Errorf("got %d open connections after the stop, want none", got)
	}
}

func TestAConnectionCarriesAHundredStreams(t *testing.T) {
	t.Parallel()
	e, registered, _ := hub(t)
	d := &countingDialer{}
	w, err := aion.NewWorker(aion.Config{
		Endpoint: e.addr, MaxConcurrency: 101, StreamConcurrency: 1,
		DialOptions: []grpc.DialOption{d.option()}, Logger: slog.New(slog.DiscardHandler),
	}, handlerFunc(done))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for range 101 {
		<-registered
	}
	if got := d.dialled.Load(); got != 2 {
		t.Errorf("got %d connections for 101 streams, want 2", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
