package otelaion_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	greeterv1 "github.com/aion-go/aion/examples/greeter/gen/greeter/v1"
	otelaion "github.com/aion-go/aion/otel"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// row is a line of the table of metrics.
type row struct{ name, prometheus, kind, unit, attributes, description string }

// section is what stands under a heading of the page.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the page has no heading %q", heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")

	return text
}

// documentedMetrics are the rows of the first table of the page.
func documentedMetrics(t *testing.T) map[string]row {
	t.Helper()
	rows := map[string]row{}
	line := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\| (\\S+) \\| `([^`]+)` " +
		"\\|([^|]*)\\| ([^|]+) \\|$")
	for _, m := range line.FindAllStringSubmatch(section(t, "Metrics"), -1) {
		keys := strings.Fields(strings.ReplaceAll(m[5], "`", ""))
		rows[m[1]] = row{m[1], m[2], m[3], m[4], sortedKeys(keys), m[6]}
	}

	return rows
}

func sortedKeys(keys []string) string {
	slices.Sort(keys)

	return strings.Join(slices.Compact(keys), " ")
}

// observeAll tells an observer all that it can be told, and shows it a worker.
func observeAll(t *testing.T, o *otelaion.Observer) {
	t.Helper()
	info := aion.Info{Namespace: "default", TaskQueue: "shop", ActivityType: "charge"}
	o.ActivityStarted(info)
	o.ActivityEnded(info, aion.ActivityEnd{Duration: time.Second})
	o.ActivityEnded(info, aion.ActivityEnd{Failure: &aion.Failure{}})
	session := aion.Registered{Namespace: "default", TaskQueue: "shop"}
	o.TaskRefused(session, aion.RefusedForSlot)
	o.SessionStarted(session)
	o.SessionEnded(session, nil)
	o.SessionEnded(session, io.ErrUnexpectedEOF)
	o.SessionFailed("127.0.0.1:1", aion.Registration{}, io.ErrUnexpectedEOF)
	o.HeartbeatSent(session, time.Millisecond)
	worker, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:1", MaxConcurrency: 1},
		greeterv1.NewGreeterDispatcher(greeter{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Watch(worker))
}

func kindOf(m metricdata.Metrics) string {
	switch data := m.Data.(type) {
	case metricdata.Histogram[float64]:
		return "histogram"
	case metricdata.Sum[int64]:
		if data.IsMonotonic {
			return "counter"
		}

		return "level"
	default:
		return "unknown"
	}
}

func TestTheTableOfMetricsIsThatOfTheCode(t *testing.T) {
	t.Parallel()
	h := &harness{metrics: sdkmetric.NewManualReader()}
	o := otelaion.NewObserver(otelaion.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(h.metrics))))
	observeAll(t, o)
	documented, metrics := documentedMetrics(t), h.collect(t)
	for name := range documented {
		if _, ok := metrics[name]; !ok {
			t.Errorf("the table has %s, which does not exist", name)
		}
	}
	for name, m := range metrics {
		var keys []string
		for _, p := range pointsOf(m) {
			for _, a := range p.attributes.ToSlice() {
				keys = append(keys, string(a.Key))
			}
		}
		want := row{name, documented[name].prometheus, kindOf(m), m.Unit, sortedKeys(keys), m.Description}
		if documented[name] != want {
			t.Errorf("the table says %+v, want %+v", documented[name], want)
		}
	}
}

func TestTheTableOfSpanAttributesIsThatOfTheCode(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	interceptor := otelaion.NewInterceptor(otelaion.WithTracerProvider(
		sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))
	_, err := interceptor(t.Context(), aion.Info{Node: "gpu-1"}, nil, refused)
	if err == nil {
		t.Error("got no error, want that of the handler")
	}
	want := map[string]bool{}
	for _, a := range spans.GetSpans()[0].Attributes {
		want[string(a.Key)] = true
	}
	got := map[string]bool{}
	line := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	for _, m := range line.FindAllStringSubmatch(section(t, "Spans"), -1) {
		got[m[1]] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("the table has %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// The values of attributes that the page lists are those that exist.
func TestTheReasonsAreDocumented(t *testing.T) {
	t.Parallel()
	text := section(t, "Metrics") + section(t, "Spans")
	for _, value := range []string{
		string(otelaion.StuckSlow), string(otelaion.StuckPastDeadline), string(otelaion.StuckDeaf),
		"slot", "limit", "stop", "unacknowledged", "attempt", "used", "free",
		"completed", "retryable", "terminal", "policy_refused", "no_return",
		"panic", "cancelled", "superseded", "timed_out", "worker_stopping", "_OTHER",
	} {
		if !strings.Contains(text, "`"+value+"`") {
			t.Errorf("the page does not name the value %q", value)
		}
	}
}

func TestThePageOfPrometheusHasAllMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		t.Fatal(err)
	}
	observer := otelaion.NewObserver(otelaion.WithMeterProvider(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))))
	engine := aiontest.Config{Worker: aion.Config{Observer: observer}}.Run(t,
		greeterv1.NewGreeterDispatcher(greeter{}))
	t.Cleanup(observer.Watch(engine.Worker()))
	if _, err := greeterv1.NewGreeterStub(engine).Greet(t.Context(),
		&greeterv1.GreetRequest{Name: "Ada"}); err != nil {
		t.Fatal(err)
	}
	<-engine.Stop() // The end of the run is observed after its result is on the wire.
	observeAll(t, observer)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()
	page := scrape(t, server)
	for name, r := range documentedMetrics(t) {
		kind := map[string]string{"counter": "counter", "histogram": "histogram", "level": "gauge"}[r.kind]
		for _, line := range []string{
			"# HELP " + r.prometheus + " " + r.description + "\n",
			"# TYPE " + r.prometheus + " " + kind + "\n",
		} {
			if !strings.Contains(page, line) {
				t.Errorf("%s: the page lacks %q:\n%s", name, line, page)
			}
		}
	}
	series := regexp.MustCompile(`aion_activity_duration_seconds_count\{` +
		`aion_activity_outcome="completed",aion_activity_type="greet",aion_namespace="default",` +
		`aion_task_queue="greeter",[^}]*\} 1\n`)
	if !series.MatchString(page) {
		t.Errorf("the page lacks %s:\n%s", series, page)
	}
}

func scrape(t *testing.T, server *httptest.Server) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return string(page)
}
