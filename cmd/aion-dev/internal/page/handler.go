package page

import (
	"embed"
	"io/fs"
	"net"
	"net/http"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
	"github.com/aion-go/aion/cmd/aion-dev/internal/history"
	"github.com/aion-go/aion/internal/version"
)

//go:embed static
var static embed.FS

// handler is everything that the server answers.
func (s *Server) handler() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // The name is right, or nothing of this compiles.
	}

	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.HandleFunc("GET /api/engine", s.engine)
	mux.HandleFunc("GET /api/events", s.events)
	mux.HandleFunc("GET /api/activities", s.activities)
	mux.HandleFunc("GET /api/workers", s.workers)
	mux.HandleFunc("POST /api/workers/{id}/drain", s.worker(s.cfg.Engine.DrainWorker))
	mux.HandleFunc("POST /api/workers/{id}/disconnect", s.worker(s.cfg.Engine.Disconnect))
	mux.HandleFunc("GET /api/runs", s.runs)
	mux.HandleFunc("POST /api/runs", s.start)
	mux.HandleFunc("GET /api/runs/{number}", s.run)
	mux.HandleFunc("GET /api/runs/{number}/events", s.runEvents)
	mux.HandleFunc("POST /api/runs/{number}/cancel", s.cancel)
	mux.HandleFunc("POST /api/runs/{number}/retry", s.retry)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problemf(w, http.StatusNotFound, "%s %s: there is no such call", r.Method, r.URL.Path)
	})

	return guard(s.onLoopback(), mux)
}

func (s *Server) onLoopback() bool {
	addr, ok := s.listener.Addr().(*net.TCPAddr)

	return ok && addr.IP.IsLoopback()
}

func (s *Server) engine(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, api.Engine{
		Version:    version.Version,
		Address:    s.cfg.Engine.Addr(),
		Namespaces: s.cfg.Namespaces,
		Kept:       history.KeptRuns,
	})
}
