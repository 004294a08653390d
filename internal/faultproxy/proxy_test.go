package faultproxy_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aion-go/aion/internal/faultproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for, and quiet is how long nothing happens
// where nothing may.
const (
	patience = 10 * time.Second
	quiet    = 50 * time.Millisecond
)

// echo is a server that sends back what it gets, and ends when it is told the
// end. It returns its address.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				io.Copy(conn, conn)
				conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})

	return listener.Addr().String()
}

// dial connects to a proxy for the time of the test.
func dial(t *testing.T, proxy *faultproxy.Proxy) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })

	return conn
}

// exchange sends a text and expects it back.
func exchange(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v, want %q", got, err, text)
	}
}

// expectReset expects that a connection is reset, and returns what came before.
func expectReset(t *testing.T, conn net.Conn) []byte {
	t.Helper()
	got, err := io.ReadAll(conn)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %q, %v, want a reset", got, err)
	}

	return got
}

// expectRefusal expects that a connection is reset, be it before it is known to
// be there.
func expectRefusal(t *testing.T, proxy *faultproxy.Proxy) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", proxy.Addr())
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	expectReset(t, conn)
}

// expectQuiet expects that nothing comes, not even the end.
func expectQuiet(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(quiet))
	defer conn.SetReadDeadline(time.Now().Add(patience))
	var timeout net.Error
	if n, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %d bytes, %v, want nothing", n, err)
	}
}

func TestCutResetsWhatIsThereAndNothingElse(t *testing.T) {
	t.Parallel()
	proxy := faultproxy.Start(t, echo(t))
	first, second := dial(t, proxy), dial(t, proxy)
	exchange(t, first, "a")
	exchange(t, second, "b")
	proxy.Cut()
	expectReset(t, first)
	expectReset(t, second)
	exchange(t, dial(t, proxy), "c")
	if got := proxy.Connections(); got != 3 {
		t.Errorf("got %d connections, want 3", got)
	}
}

func TestCutAfterCutsOnceAtTheByte(t *testing.T) {
	t.Parallel()
	for name, direction := range map[string]faultproxy.Direction{
		"to the engine": faultproxy.ToEngine, "to the worker": faultproxy.ToWorker,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := faultproxy.Start(t, echo(t))
			conn := dial(t, proxy)
			exchange(t, conn, "before")
			proxy.CutAfter(direction, 4)
			exchange(t, conn, "abc")
			if _, err := io.WriteString(conn, "defg"); err != nil {
				t.Fatal(err)
			}
			// A reset may overtake the last byte, and nothing else may come.
			if got := string(expectReset(t, conn)); got != "" && got != "d" {
				t.Errorf("got %q after the cut, want d at most", got)
			}
			other := dial(t, proxy)
			exchange(t, other, "a connection after it lives")
			proxy.CutAfter(direction, 1)
			if _, err := io.WriteString(other, "a"); err != nil {
				t.Fatal(err)
			}
			expectReset(t, other) // Nothing has to follow the last byte.
		})
	}
}

func TestCutEvery(t *testing.T) {
	t.Parallel()
	proxy := faultproxy.Start(t, echo(t))
	proxy.CutEvery(time.Millisecond)
	for range 3 {
		expectRefusal(t, proxy)
	}
	proxy.CutEvery(0)
	conn := dial(t, proxy)
	expectQuiet(t, conn)
	exchange(t, conn, "a")
}

func TestWhatIsHeldComesInOrderOnceItIsReleased(t *testing.T) {
	t.Parallel()
	for name, directions := range map[string][]faultproxy.Direction{
		"to the engine": {faultproxy.ToEngine}, "to the worker": {faultproxy.ToWorker}, "both": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := faultproxy.Start(t, echo(t))
			conn := dial(t, proxy)
			exchange(t, conn, "before")
			proxy.Hold(directions...)
			for _, text := range []string{"a", "b"} {
				if _, err := io.WriteString(conn, text); err != nil {
					t.Fatal(err)
				}
				expectQuiet(t, conn)
			}
			conn.(*net.TCPConn).CloseWrite()
			expectQuiet(t, conn)
			proxy.Release()
			if got, err := io.ReadAll(conn); err != nil || string(got) != "ab" {
				t.Errorf("got %q, %v, want ab and the end", got, err)
			}
		})
	}
}

func TestDelayDelaysAndDoesNotAddUp(t *testing.T) {
	t.Parallel()
	const latency = 100 * time.Millisecond
	proxy := faultproxy.Start(t, echo(t))
	proxy.Delay(latency)
	conn := dial(t, proxy)
	start := time.Now()
	pace := time.NewTicker(time.Millisecond) // Each byte is to be a chunk of its own.
	defer pace.Stop()
	for range 10 {
		<-pace.C
		if _, err := io.WriteString(conn, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadFull(conn, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 2*latency || took > 10*latency {
		t.Errorf("took %s, want a bit more than %s", took, 2*latency)
	}
}

func TestEverythingArrives(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*faultproxy.Proxy){
		"undamaged":   func(*faultproxy.Proxy) {},
		"byte slices": func(p *faultproxy.Proxy) { p.Slice(1) },
		"late":        func(p *faultproxy.Proxy) { p.Delay(time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := faultproxy.Start(t, echo(t))
			set(proxy)
			conn := dial(t, proxy)
			want := bytes.Repeat([]byte("0123456789abcde\n"), 4<<10)
			var writer sync.WaitGroup
			writer.Go(func() {
				conn.Write(want)
				conn.(*net.TCPConn).CloseWrite()
			})
			got, err := io.ReadAll(conn)
			writer.Wait()
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %d bytes, %v, want the same %d", len(got), err, len(want))
			}
		})
	}
}

func TestWhatCannotConnectIsReset(t *testing.T) {
	t.Parallel()
	proxy := faultproxy.Start(t, echo(t))
	proxy.Refuse(true)
	expectRefusal(t, proxy)
	proxy.Refuse(false)
	exchange(t, dial(t, proxy), "a")

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	expectRefusal(t, faultproxy.Start(t, listener.Addr().String()))
}

// The cleanup waits for what runs, held or not.
func TestTheEndOfTheTestEndsWhatIsHeld(t *testing.T) { //nolint:tparallel // The test waits for it.
	t.Parallel()
	var conn net.Conn
	t.Run("holding", func(t *testing.T) { //nolint:paralleltest // As above.
		proxy := faultproxy.Start(t, echo(t))
		var err error
		if conn, err = new(net.Dialer).DialContext(t.Context(), "tcp", proxy.Addr()); err != nil {
			t.Fatal(err)
		}
		exchange(t, conn, "a")
		proxy.Hold()
		io.WriteString(conn, "b")
	})
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	expectReset(t, conn)
}
