package aion

import (
	"net"
	"runtime"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/credentials/insecure"
)

// recordingConn tells what happens at its writes.
type recordingConn struct {
	net.Conn

	write func()
}

func (c recordingConn) Write(b []byte) (int, error) {
	c.write()

	return len(b), nil
}

func TestAConnectionLetsOthersRunBeforeItWrites(t *testing.T) { //nolint:paralleltest // It has one processor.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	creds := yieldingCredentials{insecure.NewCredentials()}
	const writes = 100
	var others atomic.Int32
	var before int32
	raw := recordingConn{write: func() { before += others.Load() }}
	conn, info, err := creds.Clone().ClientHandshake(t.Context(), "engine", raw)
	if err != nil || info == nil {
		t.Fatalf("got info %v and error %v, want the info of the credentials", info, err)
	}
	for range writes {
		others.Store(0)
		done := make(chan struct{})
		go func() { others.Store(1); close(done) }()
		if n, err := conn.Write([]byte("frame")); n != 5 || err != nil {
			t.Errorf("got %d bytes written and error %v, want 5 and none", n, err)
		}
		<-done
	}
	if before < writes/2 { // The scheduler may go on with who has yielded, if seldom.
		t.Errorf("others ran before %d of %d writes, want most", before, writes)
	}
}
