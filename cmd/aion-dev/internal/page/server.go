package page

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/history"
	"github.com/aion-go/aion/runtime/devengine"
)

// Config says what a Server serves.
type Config struct {
	// Listen is the host:port to listen on. Whoever can reach it can run
	// activities.
	Listen string
	// Engine is the engine behind the page.
	Engine *devengine.Engine
	// Namespaces are the engine's, the first one for runs that name none.
	Namespaces []string
	// Logger receives what goes wrong in the server.
	Logger *slog.Logger
}

// Server is the page of one engine. Whoever starts it closes it, before the
// engine.
type Server struct {
	cfg      Config
	history  *history.History
	listener net.Listener
	server   *http.Server
	// streams ends the update streams.
	streams context.CancelFunc
	unwatch func()
	serving sync.WaitGroup
	readers readers
	// boot is in the ids of updates, so that none of another server is gone on
	// from.
	boot string
}

const (
	// headerTime bounds how long a client may take for a request's header.
	headerTime = 10 * time.Second
	// closeTime bounds how long requests under way are waited for at the end.
	closeTime = 2 * time.Second
)

// Start listens and serves until Close.
func Start(cfg Config) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}

	s := newServer(cfg, listener)
	s.unwatch = cfg.Engine.Watch(s.history.Watcher())
	s.serving.Go(s.serve)

	return s, nil
}

func newServer(cfg Config, listener net.Listener) *Server {
	s := &Server{
		cfg:      cfg,
		history:  history.New(),
		listener: listener,
		boot:     fmt.Sprintf("%x", time.Now().UnixNano()),
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.streams = cancel
	s.server = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTime,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}

	return s
}

func (s *Server) serve() {
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.cfg.Logger.Error("page stopped", "error", err)
	}
}

// URL is where the page is. A server on all addresses is named by its loopback
// one.
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.listener.Addr().String()) // Always host:port.
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}

	return "http://" + net.JoinHostPort(host, port) + "/"
}

// Close ends the server and joins it.
func (s *Server) Close() {
	s.streams()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close() // Nobody waits for what is left.
	}
	s.serving.Wait()
	s.unwatch()
}
