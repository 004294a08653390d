package page

import (
	"net"
	"net/http"
)

// policy lets the page load nothing but its own files, and talk to nobody but
// its own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'"

// guard keeps other sites out: requests that change something must not come from
// their pages, and while the server listens on loopback, the name that it is
// called by must be one of loopback, so that no foreign name that resolves to it
// (DNS rebinding) gets at it.
func guard(loopback bool, next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problemf(
			w,
			http.StatusForbidden,
			"request from another site: want one from the page itself",
		)
	}))
	protected := crossOrigin.Handler(next)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if loopback && !isLoopback(r.Host) {
			problemf(w, http.StatusMisdirectedRequest,
				"host is not this machine's own: want 127.0.0.1, [::1] or localhost")
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// isLoopback says whether a host, with or without a port, is loopback by itself,
// whatever it may resolve to.
func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	} else if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		name = host[1 : len(host)-1]
	}
	ip := net.ParseIP(name)

	return name == "localhost" || ip != nil && ip.IsLoopback()
}
