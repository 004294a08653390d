package aion

import (
	"context"
	"net"
	"runtime"

	"google.golang.org/grpc/credentials"
)

// yieldingConn lets the goroutines that are ready run before each write. gRPC writes
// as soon as it has a few results, each time at the cost of a system call; what becomes
// ready meanwhile goes together with the next write.
type yieldingConn struct{ net.Conn }

func (c yieldingConn) Write(b []byte) (int, error) {
	runtime.Gosched()

	return c.Conn.Write(b)
}

// yieldingCredentials make connections yield. They are where all of gRPC's connections
// pass, those through a proxy or a dialer of the user's among them.
type yieldingCredentials struct {
	credentials.TransportCredentials
}

func (c yieldingCredentials) ClientHandshake(
	ctx context.Context, authority string, raw net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := c.TransportCredentials.ClientHandshake(ctx, authority, raw)
	if err != nil {
		return nil, nil, err
	}

	return yieldingConn{conn}, info, nil
}

func (c yieldingCredentials) Clone() credentials.TransportCredentials {
	return yieldingCredentials{c.TransportCredentials.Clone()}
}
