package page

import (
	"net/http"
	"strings"
	"testing"
)

// header sets a header of a request.
func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func host(name string) func(*http.Request) {
	return func(r *http.Request) { r.Host = name }
}

func TestGuardsAgainstOtherSites(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	own := strings.TrimSuffix(l.server.URL(), "/")
	for _, test := range []struct {
		name   string
		method string
		path   string
		change []func(*http.Request)
		want   int
	}{
		{
			"other origin", "POST", "api/runs",
			[]func(*http.Request){header("Origin", "http://evil.example")},
			403,
		},
		{"other scheme", "POST", "api/runs", []func(*http.Request){header("Origin", "null")}, 403},
		{
			"another port of this machine", "POST", "api/workers/1/drain",
			[]func(*http.Request){header("Origin", "http://127.0.0.1:1")},
			403,
		},
		{
			"cross-site by the browser", "POST", "api/workers/1/disconnect",
			[]func(*http.Request){header("Sec-Fetch-Site", "cross-site")},
			403,
		},
		{
			"same-site by the browser", "POST", "api/runs/1/cancel",
			[]func(*http.Request){header("Sec-Fetch-Site", "same-site")},
			403,
		},
		{"rebound name", "GET", "api/workers", []func(*http.Request){host("evil.example")}, 421},
		{"rebound name with a port", "POST", "api/runs", []func(*http.Request){host("evil.example:80")}, 421},
		{
			"rebound name, own origin", "POST", "api/runs",
			[]func(*http.Request){host("evil.example"), header("Origin", "http://evil.example")},
			421,
		},
		{"no host", "GET", "", []func(*http.Request){host("localhost.evil.example")}, 421},
		{"address of the network", "GET", "", []func(*http.Request){host("192.168.0.1")}, 421},
		{"localhost", "GET", "", []func(*http.Request){host("localhost:1234")}, 200},
		{"loopback", "GET", "", []func(*http.Request){host("127.0.0.2")}, 200},
		{"loopback 6", "GET", "", []func(*http.Request){host("[::1]:80")}, 200},
		{"loopback 6 without a port", "GET", "", []func(*http.Request){host("[::1]")}, 200},
		{"own origin", "POST", "api/workers/1/drain", []func(*http.Request){header("Origin", own)}, 404},
		{"no browser", "POST", "api/workers/1/drain", nil, 404},
		{
			"reading from elsewhere", "GET", "api/workers",
			[]func(*http.Request){header("Origin", "http://evil.example")},
			200,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, body := (&lab{T: t, engine: l.engine, server: l.server, client: l.client}).
				ask(test.method, test.path, "{}", test.change...)
			if got != test.want {
				t.Errorf("status: got %d %s, want %d", got, body, test.want)
			}
		})
	}
}

func TestOtherHostsWhereItIsOpenToTheNetwork(t *testing.T) {
	t.Parallel()
	handler := guard(false, http.NotFoundHandler())
	recorder := newRecorder()
	request, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodGet,
		"http://build.example/",
		http.NoBody,
	)
	if err != nil {
		t.Fatalf("request: got %v, want one", err)
	}
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNotFound {
		t.Errorf("status: got %d, want the handler's own, 404", recorder.Code)
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, path := range []string{"", "main.js", "api/workers", "api/nothing", "nothing"} {
		response, err := l.client.Do(l.request(http.MethodGet, path, ""))
		if err != nil {
			t.Fatalf("%s: got %v, want an answer", path, err)
		}
		response.Body.Close()
		got := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy: got %q, want one that allows nothing by default", path, got)
		}
		if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options: got %q, want nosniff", path, got)
		}
	}
}

// TestFilesNameNoOtherHost reads what the policy would have to stop.
func TestFilesNameNoOtherHost(t *testing.T) {
	t.Parallel()
	entries, err := static.ReadDir("static")
	if err != nil || len(entries) < 5 {
		t.Fatalf("files: got %d, %v, want those of the page", len(entries), err)
	}
	for _, entry := range entries {
		text, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			t.Fatalf("%s: got %v, want it", entry.Name(), err)
		}
		rest := strings.ReplaceAll(string(text), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, bad := range []string{"http://", "https://", "innerHTML", "<style", " style=", " onclick="} {
			if strings.Contains(rest, bad) {
				t.Errorf("%s: got %q in it, want none", entry.Name(), bad)
			}
		}
	}
}
