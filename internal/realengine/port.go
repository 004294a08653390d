package realengine

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports below those that systems choose for outgoing connections, one of which
// would else take a server's port between its incarnations.
const (
	firstPort = 20000
	lastPort  = 32000
)

// FreeAddress returns an address of this machine that nothing listens at.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort) //nolint:gosec // It need not be secret.
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", address)
		if err == nil {
			_ = listener.Close()

			return address
		}
	}
	tb.Fatal("no port is free")

	return ""
}
