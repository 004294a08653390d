package realengine

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// configuration is a server's configuration file, in TOML.
func (s *settings) configuration(home, httpAddr, addr string) string {
	var text strings.Builder
	section := func(format string, args ...any) { fmt.Fprintf(&text, format, args...) }
	section("[server]\nlisten_address = %q\ngrpc_address = %q\n\n", httpAddr, addr)
	if s.durable || s.member != nil {
		section("[store]\nbackend = \"haematite\"\ndata_dir = %q\n", filepath.Join(home, "data"))
		section("node_cache_budget = \"unlimited\"\n")
		if s.member != nil {
			text.WriteString(s.member.configuration())
		}
	} else {
		section("[store]\nbackend = \"memory\"\n")
	}
	section("\n[deploy]\nenabled = true\n\n[worker]\nheartbeat_window = %d\n\n",
		s.window.Milliseconds())
	section("[drain]\ntimeout_seconds = %d\n\n", s.drain/time.Second)
	section("[observability]\nmax_batch_events = 64\nmax_batch_hold_ms = 200\n")

	return text.String()
}
