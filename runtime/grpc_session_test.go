package aion_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
)

// rawEngine is an engine whose every byte is the test's, over real TCP.
type rawEngine struct {
	aionpb.UnimplementedWorkerProtocolServer

	addr   string
	script func(stream grpc.BidiStreamingServer[aionpb.WorkerToServer, aionpb.ServerToWorker]) error
}

func (e *rawEngine) StreamWorker(
	stream grpc.BidiStreamingServer[aionpb.WorkerToServer, aionpb.ServerToWorker],
) error {
	return e.script(stream)
}

type engineStream = grpc.BidiStreamingServer[aionpb.WorkerToServer, aionpb.ServerToWorker]

func newRawEngine(
	t *testing.T,
	script func(stream engineStream) error,
	opts ...grpc.ServerOption,
) *rawEngine {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &rawEngine{addr: listener.Addr().String(), script: script}
	server := grpc.NewServer(
		append(opts, grpc.ForceServerCodecV2(rawCodec{encoding.GetCodecV2("proto")}))...)
	aionpb.RegisterWorkerProtocolServer(server, e)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})

	return e
}

// rawCodec lets a server send any bytes as a message.
type rawCodec struct{ encoding.CodecV2 }

type rawBytes []byte

func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if raw, ok := v.(rawBytes); ok {
		return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
	}

	return c.CodecV2.Marshal(v)
}

// accept reads the registration and acknowledges it.
func accept(stream engineStream, heartbeatWindow time.Duration) (*aionpb.RegisterWorker, error) {
	first, err := stream.Recv()
	if err != nil {
		return nil, err
	}

	return first.GetRegister(), stream.Send(
		&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_RegisterAck{
			RegisterAck: &aionpb.RegisterAck{
				WorkerId: 7, Namespace: "default", AcceptedMaxConcurrency: 4,
				HeartbeatWindowMs: uint64(heartbeatWindow / time.Millisecond),
			},
		}},
	)
}

func wireTask(n uint64) *aionpb.ActivityTask {
	return &aionpb.ActivityTask{
		WorkflowId:      &aionpb.WorkflowId{Uuid: "w"},
		ActivityId:      &aionpb.ActivityId{SequencePosition: n},
		RunId:           &aionpb.RunId{Uuid: "r"},
		ActivityType:    "charge",
		Attempt:         1,
		CompletionToken: "token",
		Input:           &aionpb.Payload{ContentType: "application/json", Bytes: []byte("{}")},
	}
}

func send(stream engineStream, task *aionpb.ActivityTask) error {
	return stream.Send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_Task{Task: task}})
}

// nextResult reads frames until one is a result, and acknowledges it.
func nextResult(stream engineStream) (*aionpb.ActivityResult, error) {
	for {
		frame, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		if r := frame.GetResult(); r != nil {
			return r, stream.Send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
				ResultAck: &aionpb.ResultAck{WorkflowId: r.GetWorkflowId(), ActivityId: r.GetActivityId()},
			}})
		}
	}
}

// runWorker runs a worker of h until the test ends it, and returns its error.
func runWorker(t *testing.T, cfg aion.Config, dispatchers ...aion.Dispatcher) (stop func() error) {
	t.Helper()
	cfg.MaxConcurrency = 4
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	w, err := aion.NewWorker(cfg, dispatchers...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()

		return <-ended
	})
	t.Cleanup(func() { _ = stop() })

	return stop
}

// run waits for a worker's Run to end by itself.
func run(t *testing.T, cfg aion.Config, dispatchers ...aion.Dispatcher) error {
	t.Helper()
	cfg.MaxConcurrency = 4
	cfg.Logger = slog.New(slog.DiscardHandler)
	w, err := aion.NewWorker(cfg, dispatchers...)
	if err != nil {
		t.Fatal(err)
	}

	return w.Run(t.Context())
}

func TestRegistrationCarriesTheContract(t *testing.T) {
	t.Parallel()
	registered := make(chan *aionpb.RegisterWorker, 1)
	tokens := make(chan []string, 1)
	e := newRawEngine(t, func(stream engineStream) error {
		md, _ := metadata.FromIncomingContext(stream.Context())
		tokens <- md.Get("authorization")
		register, err := accept(stream, time.Minute)
		registered <- register
		_, _ = stream.Recv()

		return err
	})
	stop := runWorker(t, aion.Config{
		Endpoint:  "http://" + e.addr,
		Namespace: "shop",
		Identity:  "till-1",
		Token:     aion.StaticToken("secret"),
	}, handlerFunc(done))
	want := &aionpb.RegisterWorker{
		Namespaces: []string{
			"shop",
		},
		TaskQueue:      "payments",
		Identity:       "till-1",
		ActivityTypes:  []string{"charge"},
		MaxConcurrency: proto.Uint32(4),
		Activities: []*aionpb.ActivityDescriptor{{
			Name: "charge", InputSchemaJson: "true", OutputSchemaJson: "true",
		}},
	}
	if got := <-registered; !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := <-tokens; len(got) != 1 || got[0] != "Bearer secret" {
		t.Errorf("got authorization %q, want the token", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestATokenIsAskedForAtEachDial(t *testing.T) {
	t.Parallel()
	var asked int
	e := newRawEngine(t, func(stream engineStream) error {
		md, _ := metadata.FromIncomingContext(stream.Context())
		if md.Get("authorization")[0] == "Bearer c" {
			return status.Error(codes.Unauthenticated, "token c is not known")
		}

		return status.Error(codes.Unavailable, "try again")
	})
	err := run(t, aion.Config{
		Endpoint: e.addr, InitialBackoff: time.Millisecond, Token: func(context.Context) (string, error) {
			asked++
			if asked == 2 {
				return "", status.Error(codes.PermissionDenied, "vault sealed") // Not the engine's word.
			}

			return string(rune('a' + asked - 1)), nil
		},
	}, handlerFunc(done))
	var refused *aion.RegistrationError
	if !errors.As(err, &refused) || refused.Code != codes.Unauthenticated ||
		refused.Message != "token c is not known" {
		t.Errorf("got %v, want the denial of the third token", err)
	}
}

func TestAnEngineThatIsNotThereIsAnErrorWithItsAddress(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	err = run(
		t,
		aion.Config{Endpoint: addr, MaxAttempts: 3, InitialBackoff: time.Millisecond},
		handlerFunc(done),
	)
	if err == nil || !strings.Contains(err.Error(), addr) || !strings.Contains(err.Error(), "refused") ||
		!strings.Contains(err.Error(), "gave up after 3 attempts") {
		t.Fatalf("got %v, want the address and the reason", err)
	}
}

func TestRule10NothingFromTheWireEndsTheSession(t *testing.T) {
	t.Parallel()
	verdict := make(chan error, 1)
	e := newRawEngine(t, func(stream engineStream) error {
		if _, err := accept(stream, time.Minute); err != nil {
			return err
		}
		unknownMember := []byte{0xfa, 0x01, 0x02, 0x08, 0x01}
		badLabel, err := proto.Marshal(wireTask(2))
		if err != nil {
			return err
		}
		badLabel = append(badLabel, 0x32, 0x03, 0x0a, 0x01, 0xff) // A label whose key is no UTF-8.
		badTask := protowire.AppendBytes([]byte{0x0a}, badLabel)
		for _, raw := range [][]byte{{0xff, 0xff, 0xff}, {}, unknownMember, badTask} {
			if err := stream.SendMsg(rawBytes(raw)); err != nil {
				return err
			}
		}
		for n, spoil := range []func(*aionpb.ActivityTask){
			func(task *aionpb.ActivityTask) { task.WorkflowId = nil },
			func(task *aionpb.ActivityTask) { task.ActivityId = nil },
			func(task *aionpb.ActivityTask) { task.RunId = nil },
			func(task *aionpb.ActivityTask) { task.CompletionToken = "" },
			func(task *aionpb.ActivityTask) { task.Attempt = 0 },
			func(task *aionpb.ActivityTask) { task.Input = nil },
			func(task *aionpb.ActivityTask) { task.Input.ContentType = "text/plain" },
			func(*aionpb.ActivityTask) {},
		} {
			task := wireTask(uint64(n) + 10)
			spoil(task)
			if err := send(stream, task); err != nil {
				return err
			}
		}
		got := map[uint64]string{}
		for range 5 {
			r, err := nextResult(stream)
			if err != nil {
				verdict <- err

				return err
			}
			got[r.GetActivityId().GetSequencePosition()] = r.GetError().GetMessage()
		}
		for n, want := range map[uint64]string{
			2: "UTF-8", 14: "attempt is 0", 15: "input is missing", 16: `content type "text/plain"`, 17: "",
		} {
			if message, ok := got[n]; !ok || !strings.Contains(message, want) {
				err = errors.Join(err, fmt.Errorf("activity %d: got %q, %t, want %q", n, message, ok, want))
			}
		}
		verdict <- err

		return nil
	})
	runWorker(t, aion.Config{Endpoint: e.addr, MaxAttempts: -1}, handlerFunc(done))
	if err := <-verdict; err != nil {
		t.Fatal(err)
	}
}

func TestATaskOf64MiBIsTakenAndAResultOver4MiBIsTerminal(t *testing.T) {
	t.Parallel()
	verdict := make(chan *aionpb.ActivityResult, 2)
	e := newRawEngine(t, func(stream engineStream) error {
		if _, err := accept(stream, time.Minute); err != nil {
			return err
		}
		task := wireTask(1)
		task.Input.Bytes = bytes.Repeat([]byte("x"), 64<<20)
		if err := send(stream, task); err != nil {
			return err
		}
		for range 2 {
			r, err := nextResult(stream)
			if err != nil {
				return err
			}
			verdict <- r
			if err := send(stream, wireTask(2)); err != nil {
				return err
			}
		}

		return nil
	})
	runWorker(
		t,
		aion.Config{Endpoint: e.addr},
		handlerFunc(func(_ context.Context, task *aion.Task) aion.Outcome {
			return aion.Completed([]byte(`"` + string(task.Input[:min(len(task.Input), 5<<20)]) + `"`))
		}),
	)
	if r := <-verdict; r.GetError().GetKind() != aionpb.ActivityErrorKind_ACTIVITY_ERROR_KIND_TERMINAL ||
		!strings.Contains(r.GetError().GetMessage(), "at most 4194304") {
		t.Errorf("got %v, want a terminal failure with the limit", r.GetError())
	}
	if r := <-verdict; r.GetActivityId().GetSequencePosition() != 2 {
		t.Errorf("got %v, want the next task on the same stream", r)
	}
}

func TestALargeResultJustUnderTheLimitIsSent(t *testing.T) {
	t.Parallel()
	verdict := make(chan int, 1)
	e := newRawEngine(t, func(stream engineStream) error {
		if _, err := accept(stream, time.Minute); err != nil {
			return err
		}
		if err := send(stream, wireTask(1)); err != nil {
			return err
		}
		r, err := nextResult(stream)
		verdict <- len(r.GetResult().GetBytes())

		return err
	}, grpc.MaxRecvMsgSize(aion.MaxFrameBytes))
	size := aion.MaxFrameBytes - 200
	runWorker(t, aion.Config{Endpoint: e.addr}, handlerFunc(func(context.Context, *aion.Task) aion.Outcome {
		return aion.Completed([]byte(`"` + strings.Repeat("x", size-2) + `"`))
	}))
	if got := <-verdict; got != size {
		t.Fatalf("got a result of %d bytes, want %d", got, size)
	}
}

func TestFailureTextIsMadeFitForTheWire(t *testing.T) {
	t.Parallel()
	verdict := make(chan string, 1)
	e := newRawEngine(t, func(stream engineStream) error {
		if _, err := accept(stream, time.Minute); err != nil {
			return err
		}
		if err := send(stream, wireTask(1)); err != nil {
			return err
		}
		r, err := nextResult(stream)
		verdict <- r.GetError().GetMessage()

		return err
	})
	runWorker(t, aion.Config{Endpoint: e.addr}, failing(errors.New("\xff"+strings.Repeat("é", 1<<20))))
	if got := <-verdict; !strings.HasPrefix(got, "\uFFFDéé") || len(got) > 70_000 ||
		!strings.HasSuffix(got, "bytes in all)") {
		t.Fatalf(
			"got %d bytes, %.20q…%.20q, want valid and bounded text",
			len(got),
			got,
			got[max(0, len(got)-20):],
		)
	}
}

func TestARefusedRegistrationCarriesTheEnginesCode(t *testing.T) {
	t.Parallel()
	e := newRawEngine(t, func(stream engineStream) error {
		_, _ = stream.Recv()

		return status.Error(codes.PermissionDenied, "namespace shop is not yours")
	})
	err := run(t, aion.Config{Endpoint: e.addr}, handlerFunc(done))
	var refused *aion.RegistrationError
	if !errors.As(err, &refused) || refused.Code != codes.PermissionDenied || !refused.Denied() ||
		refused.Message != "namespace shop is not yours" || status.Code(err) != codes.PermissionDenied {
		t.Fatalf("got %#v, want the engine's code and words", err)
	}
}

func TestAFirstFrameThatIsNoAckIsAnError(t *testing.T) {
	t.Parallel()
	e := newRawEngine(t, func(stream engineStream) error {
		return send(stream, wireTask(1))
	})
	err := run(t, aion.Config{Endpoint: e.addr, MaxAttempts: 1}, handlerFunc(done))
	if err == nil || !strings.Contains(err.Error(), "first frame is no registration ack") {
		t.Fatalf("got %v", err)
	}
}

// mutedConn is a connection that stays open while nothing comes through from
// the other side any more.
type mutedConn struct {
	net.Conn

	muted *atomic.Bool
}

func (c mutedConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.muted.Load() {
			return n, err
		}
	}
}

// idleEngine accepts one worker and then sends nothing but what answer sends for
// each frame. It runs in memory, so that a fake clock drives both ends. It counts
// what it is asked beside the protocol.
func idleEngine(
	t *testing.T, window time.Duration, answer func(engineStream) error,
) (listener *bufconn.Listener, asked *atomic.Int32) {
	t.Helper()
	listener, asked = bufconn.Listen(64<<10), &atomic.Int32{}
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
		asked.Add(1)

		return status.Error(codes.Unimplemented, "not known here")
	}))
	aionpb.RegisterWorkerProtocolServer(server, &rawEngine{script: func(stream engineStream) error {
		_, err := accept(stream, window)
		for err == nil {
			if _, err = stream.Recv(); err == nil {
				err = answer(stream)
			}
		}

		return err
	}})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	return listener, asked
}

func nothing(engineStream) error { return nil }

// An engine that says something need not be asked whether it is there.
func TestOnlyASilentEngineIsProbed(t *testing.T) {
	t.Parallel()
	const window = time.Minute
	ack := func(stream engineStream) error { // Which has no answer.
		return stream.Send(&aionpb.ServerToWorker{Message: &aionpb.ServerToWorker_ResultAck{
			ResultAck: &aionpb.ResultAck{},
		}})
	}
	for name, tt := range map[string]struct {
		answer      func(engineStream) error
		least, most int32 // Probes in ten windows.
	}{
		"silent":  {nothing, 15, 20},
		"talking": {ack, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				listener, asked := idleEngine(t, window, tt.answer)
				runWorker(t, aion.Config{
					Endpoint: "127.0.0.1:1", DialOptions: []grpc.DialOption{grpc.WithContextDialer(
						func(ctx context.Context, _ string) (net.Conn, error) {
							return listener.DialContext(ctx)
						},
					)},
				}, handlerFunc(done))
				time.Sleep(10 * window)
				if got := asked.Load(); got < tt.least || got > tt.most {
					t.Errorf("the engine was asked %d times, want %d to %d", got, tt.least, tt.most)
				}
			})
		})
	}
}

func TestAHalfOpenConnectionIsNoticedWithinOneWindow(t *testing.T) {
	t.Parallel()
	for _, window := range []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute, time.Hour} {
		t.Run(window.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				listener, _ := idleEngine(t, window, nothing)
				muted := &atomic.Bool{}
				log := &syncBuffer{lines: make(chan string, 64)}
				runWorker(t, aion.Config{
					Endpoint: "127.0.0.1:1", MaxAttempts: -1, Logger: slog.New(slog.NewTextHandler(log, nil)),
					DialOptions: []grpc.DialOption{grpc.WithContextDialer(
						func(ctx context.Context, _ string) (net.Conn, error) {
							conn, err := listener.DialContext(ctx)

							return mutedConn{conn, muted}, err
						},
					)},
				}, handlerFunc(done))
				log.waitFor(t, "worker registered")
				// Ten windows in which the engine is silent and alive do no harm.
				time.Sleep(10*window + window/3)
				if n := len(log.lines); n != 0 {
					t.Fatalf("the session did not survive an idle engine: %s", <-log.lines)
				}
				muted.Store(true)
				since := time.Now()
				log.waitFor(t, "session") // Of its end.
				if took := time.Since(since); took > window {
					t.Errorf("the half-open connection was noticed after %s, want within %s", took, window)
				}
			})
		})
	}
}

// syncBuffer hands on each line that is written to it.
type syncBuffer struct{ lines chan string }

func (b *syncBuffer) Write(p []byte) (int, error) {
	select {
	case b.lines <- string(p):
	default:
	}

	return len(p), nil
}

// waitFor reads lines until one has the text.
func (b *syncBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(2 * time.Hour)
	for {
		select {
		case line := <-b.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			t.Fatalf("no log line has %q", text)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, roots := selfSigned(t)
	verdict := make(chan struct{}, 1)
	e := newRawEngine(t, func(stream engineStream) error {
		_, err := accept(stream, time.Minute)
		verdict <- struct{}{}
		_, _ = stream.Recv()

		return err
	}, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
	})))
	runWorker(t, aion.Config{
		Endpoint: "https://" + e.addr, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}, handlerFunc(done))
	<-verdict
	err := run(t, aion.Config{Endpoint: "https://" + e.addr, MaxAttempts: 1}, handlerFunc(done))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v with the system's roots, want an error of the certificate", err)
	}
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(
			1,
		),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)

	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, roots
}
