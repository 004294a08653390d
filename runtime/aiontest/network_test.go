package aiontest

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
)

func TestACutEndsConnectionsInBothDirections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		defer n.listener.Close()
		accepted := make(chan io.ReadCloser, 1)
		go func() {
			conn, err := n.listener.Accept()
			if err != nil {
				t.Error(err)
			}
			accepted <- conn
		}()
		worker, err := n.dial(t.Context(), endpoint)
		if err != nil {
			t.Fatal(err)
		}
		engine := <-accepted
		n.cut()
		for name, end := range map[string]io.Reader{"worker": worker, "engine": engine} {
			if _, err := end.Read(make([]byte, 1)); err == nil {
				t.Errorf("the %s can still read", name)
			}
		}
		if _, err := n.dial(t.Context(), endpoint); !errors.Is(err, errAway) {
			t.Errorf("got %v from a dial after the cut, want that the engine is away", err)
		}
		if len(n.lines) != 0 {
			t.Errorf("got %d connections after the cut, want none", len(n.lines))
		}
	})
}

func TestADialThatACutOvertakesIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		defer n.listener.Close()
		dialled := make(chan error, 1)
		go func() {
			_, err := n.dial(t.Context(), endpoint)
			dialled <- err
		}()
		synctest.Wait() // It waits to be accepted.
		n.cut()
		conn, err := n.listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := <-dialled; !errors.Is(err, errAway) {
			t.Errorf("got %v, want that the engine is away", err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v from the engine's end, want its end", err)
		}
	})
}
