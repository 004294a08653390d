package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// page is the HTTP server of metrics and probes.
type page struct {
	address string
	server  *http.Server
	served  sync.WaitGroup
}

// servePage serves metrics at /metrics and all else by probes, until it is closed.
func servePage(ctx context.Context, address string, metrics, probes http.Handler) (*page, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("flag -listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics)
	mux.Handle("/", probes)
	p := &page{
		address: listener.Addr().String(),
		server:  &http.Server{Handler: mux, ReadHeaderTimeout: time.Second},
	}
	p.served.Go(func() { _ = p.server.Serve(listener) }) // It ends with close.

	return p, nil
}

func (p *page) close() {
	_ = p.server.Close()
	p.served.Wait()
}
