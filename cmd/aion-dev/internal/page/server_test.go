package page

import (
	"net"
	"strings"
	"testing"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

func TestRefusesAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: got %v, want a listener", err)
	}
	defer listener.Close()
	_, err = Start(Config{Listen: listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "page") {
		t.Errorf("start: got %v, want an error that names the page", err)
	}
}

func TestEngineSaysWhatItIs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	got := decoded[api.Engine](l, "GET", "api/engine", "")
	if got.Address != l.engine.Addr() || got.Version == "" || len(got.Namespaces) != 2 ||
		got.Kept == 0 {
		t.Errorf("engine: got %+v, want its address, version and namespaces", got)
	}
}
