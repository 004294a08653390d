package realengine

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// readyText is what a server prints once it serves, and all that it had on disk is
// at work again.
const readyText = "startup catch-up complete"

// doneText is what it prints last of all when it stops in order.
const doneText = "pid file removed on exit"

// lingering is how long a server may stay after that. One of 0.31 stays forever
// once in a while: it has closed everything, and its process does not end.
const lingering = 5 * time.Second

// Server is an engine of the test's own, with a home, ports and data of its
// own. The methods that start, end or pause it belong to the test's goroutine;
// those about workflows and addresses are safe for concurrent use.
type Server struct {
	*Process

	home, addr, httpAddr string
	client               *http.Client
}

// Start starts a server and returns when it serves. It ends with the test.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s := defaultSettings()
	for _, opt := range opts {
		opt(&s)
	}
	server := prepare(tb, &s)
	server.launch()
	server.run()

	return server
}

// prepare makes a server that is yet to be launched.
func prepare(tb testing.TB, s *settings) *Server {
	tb.Helper()
	path := Binary(tb)
	home := filepath.Join(tb.TempDir(), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		tb.Fatal(err)
	}
	server := &Server{home: home, httpAddr: FreeAddress(tb), client: newClient(tb)}
	if server.addr = FreeAddress(tb); s.member != nil {
		server.addr = s.member.addrs[s.member.index]
	}
	config := filepath.Join(home, "config.toml")
	text := s.configuration(home, server.httpAddr, server.addr)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	args := []string{"server", "--config", config}
	server.Process = newProcess(tb, path, args, []string{"HOME=" + home})

	return server
}

// newClient is a client whose connections end with the test.
func newClient(tb testing.TB) *http.Client {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	tb.Cleanup(transport.CloseIdleConnections)

	return &http.Client{Transport: transport, Timeout: patience}
}

// run waits until the server is ready.
func (s *Server) run() {
	s.tb.Helper()
	if err := s.WaitForLog(context.Background(), readyText); err != nil {
		s.tb.Fatalf("aion server: %v", err)
	}
}

// Addr is where workers connect, as host:port. It stays the same over restarts.
func (s *Server) Addr() string { return s.addr }

// HTTPAddr is the address of the server's HTTP interface, as host:port.
func (s *Server) HTTPAddr() string { return s.httpAddr }

// Restart starts a server that has ended again, at the same addresses and with
// the same home, and returns when it serves. One that still runs is killed.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	s.launch()
	s.run()
}

// Stop stops the server in order, with SIGTERM. One that has not done so within
// 30 s, or ends with another code than 0, fails the test; one that has, and then
// does not end, is killed, and the test's log says so.
func (s *Server) Stop() {
	s.tb.Helper()
	s.signal(terminate)
	if err := s.WaitForLog(context.Background(), doneText); err != nil {
		s.tb.Errorf("a stop of the engine: %v", err)
	}
	select {
	case <-s.ended:
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			s.tb.Errorf("got exit code %d from an engine that stops, want 0", code)
		}
	case <-time.After(lingering):
		s.tb.Logf("the engine has stopped, and its process is still there after %s", lingering)
		s.Kill()
	}
}
