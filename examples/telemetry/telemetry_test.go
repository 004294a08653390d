package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program is a run of the program. The tests are not parallel: its providers are
// global.
type program struct {
	output  *io.PipeReader
	stop    context.CancelFunc
	ended   chan error
	printed strings.Builder // What has been read of output.
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	output, out := io.Pipe()
	p := &program{output: output, stop: stop, ended: make(chan error, 1)}
	go func() { // Joined through ended.
		err := run(ctx, args, out)
		_ = out.Close()
		p.ended <- err
	}()
	t.Cleanup(func() {
		stop()
		_, _ = io.Copy(io.Discard, output)
	})

	return p
}

// readUntil reads the output until it matches, and returns the groups.
func (p *program) readUntil(t *testing.T, pattern string) []string {
	t.Helper()
	want, piece := regexp.MustCompile(pattern), make([]byte, 4096)
	for {
		if match := want.FindStringSubmatch(p.printed.String()); match != nil {
			return match
		}
		n, err := p.output.Read(piece)
		p.printed.Write(piece[:n])
		if err != nil {
			t.Fatalf("the output lacks %s: %v:\n%s", pattern, err, &p.printed)
		}
	}
}

// get asks for a page until it matches.
func get(t *testing.T, url, pattern string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	want, again := regexp.MustCompile(pattern), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		page := getOnce(t, client, url)
		if want.MatchString(page) {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s does not match %s:\n%s", url, pattern, page)
		}
	}
}

func getOnce(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return resp.Status + "\n" + string(page)
}

func TestMetricsAndProbesAreServed(t *testing.T) {
	p := start(t)
	metrics := p.readUntil(t, `metrics  (http://127\.0\.0\.1:\d+/metrics)\n`)[1]
	probes := p.readUntil(t, `probes   (\S+/livez) and (\S+/readyz)\n`)
	go func() { _, _ = io.Copy(io.Discard, p.output) }() // Until run closes it.
	for _, pattern := range []string{
		`aion_activity_duration_seconds_count\{[^}]*"completed",aion_activity_type="greet"[^}]*\} [1-9]`,
		`aion_activity_duration_seconds_count\{[^}]*"retryable",aion_activity_type="book_table"`,
		`aion_activity_duration_seconds_count\{[^}]*"terminal",aion_activity_type="book_table"`,
		`aion_activity_stuck\{aion_activity_type="wait_for_guest",[^}]*aion_stuck_reason="slow"[^}]*\} 1\n`,
		`aion_worker_session_open\{[^}]*\} 2\n`,
	} {
		get(t, metrics, pattern)
	}
	get(t, probes[1], `^200 OK\nok`)
	get(t, probes[2], `^200 OK\nok`)
	p.stop()
	if err := <-p.ended; err != nil {
		t.Errorf("got %v from a stop, want nil", err)
	}
}

func TestSpansArePrinted(t *testing.T) {
	p := start(t)
	for _, pattern := range []string{
		`trace [0-9a-f]{8}  process greet +\S+s  attempt 1\n`,
		`process book_table +\S+s  attempt 1  error: the line is busy \(retryable\)\n`,
		`process book_table +\S+s  attempt 2\n`,
		`error: no table for 30 \(terminal\)\n`,
	} {
		p.readUntil(t, pattern)
	}
	// A run is in the trace of the guest who asked for it.
	trace := p.readUntil(t, `trace (\S+)  process greet `)[1]
	p.readUntil(t, `trace `+trace+`  greet Ada `)
	p.stop()
	_, _ = io.Copy(io.Discard, p.output)
	if err := <-p.ended; err != nil {
		t.Errorf("got %v from a stop, want nil", err)
	}
}

func TestItEndsByItself(t *testing.T) {
	if err := run(t.Context(), []string{"-for", "100ms"}, io.Discard); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestSpansAreSentByOTLP(t *testing.T) {
	received := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		received <- r.URL.Path
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	var out strings.Builder
	if err := run(t.Context(), []string{"-otlp", "-for", "200ms"}, &out); err != nil {
		t.Fatal(err)
	}
	collector.Close()
	select {
	case path := <-received:
		if path != "/v1/traces" {
			t.Errorf("got a request for %s, want traces", path)
		}
	default:
		t.Error("got no request, want the spans")
	}
	if strings.Contains(out.String(), "trace ") {
		t.Errorf("got spans printed, want them sent alone:\n%s", &out)
	}
}

func TestAnUnusableInvocationIsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"an argument":     {[]string{"now"}, `unexpected argument "now": see -help`},
		"a negative time": {[]string{"-for", "-1s"}, "flag -for is -1s: set a positive time"},
		"a bad address":   {[]string{"-listen", "nowhere"}, "flag -listen: "},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), tt.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := run(t.Context(), []string{"-help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v, want the help", err)
	}
}
