package page

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	aionpb "github.com/aion-go/aion/gen/aion"
	"github.com/aion-go/aion/runtime/devengine"
)

const queue = "payments"

// lab is an engine with its page.
type lab struct {
	*testing.T

	engine *devengine.Engine
	server *Server
	client *http.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	engine, err := devengine.Start(devengine.Config{
		DisablePings: true, Logger: logger, Namespaces: []string{"default", "other"},
	})
	if err != nil {
		t.Fatalf("engine: got %v, want it to start", err)
	}
	t.Cleanup(func() { engine.Close() })
	server, err := Start(Config{
		Listen:     "127.0.0.1:0",
		Engine:     engine,
		Namespaces: []string{"default", "other"},
		Logger:     logger,
	})
	if err != nil {
		t.Fatalf("page: got %v, want it to start", err)
	}
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)

	return &lab{T: t, engine: engine, server: server, client: &http.Client{Transport: transport}}
}

// request makes a request that changes may make another one.
func (l *lab) request(method, path, body string, changes ...func(*http.Request)) *http.Request {
	l.Helper()
	r, err := http.NewRequestWithContext(
		l.Context(),
		method,
		l.server.URL()+path,
		strings.NewReader(body),
	)
	if err != nil {
		l.Fatalf("request: got %v, want one", err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, change := range changes {
		change(r)
	}

	return r
}

// ask returns the status and the body of the answer.
func (l *lab) ask(method, path, body string, changes ...func(*http.Request)) (int, string) {
	l.Helper()
	response, err := l.client.Do(l.request(method, path, body, changes...))
	if err != nil {
		l.Fatalf("%s %s: got %v, want an answer", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		l.Fatalf("%s %s: got %v, want a body", method, path, err)
	}

	return response.StatusCode, string(text)
}

// decoded asks for a JSON text.
func decoded[T any](l *lab, method, path, body string) T {
	l.Helper()
	status, text := l.ask(method, path, body)
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil || status >= http.StatusBadRequest {
		l.Fatalf("%s %s: got %d %s, want %T", method, path, status, text, value)
	}

	return value
}

// register connects a worker that answers nothing by itself.
func (l *lab) register(change func(*aionpb.RegisterWorker)) (stream wireStream) {
	l.Helper()
	conn, err := grpc.NewClient(
		l.engine.Addr(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
	)
	if err != nil {
		l.Fatalf("NewClient: got %v, want a connection", err)
	}
	l.Cleanup(func() { conn.Close() })
	stream, err = aionpb.NewWorkerProtocolClient(conn).StreamWorker(l.Context())
	if err != nil {
		l.Fatalf("StreamWorker: got %v, want a stream", err)
	}
	slots := uint32(4)
	registration := &aionpb.RegisterWorker{
		Namespaces: []string{
			"default",
		},
		TaskQueue:      queue,
		Identity:       "script",
		MaxConcurrency: &slots,
	}
	if change != nil {
		change(registration)
	}
	stream.Send(
		&aionpb.WorkerToServer{Message: &aionpb.WorkerToServer_Register{Register: registration}},
	)
	if frame, err := stream.Recv(); err != nil || frame.GetRegisterAck() == nil {
		l.Fatalf("registration: got %v, %v, want its acknowledgement", frame, err)
	}

	return stream
}

type wireStream = grpc.BidiStreamingClient[aionpb.WorkerToServer, aionpb.ServerToWorker]

// recorder is an answer that is looked at.
type recorder = httptest.ResponseRecorder

func newRecorder() *recorder { return httptest.NewRecorder() }
