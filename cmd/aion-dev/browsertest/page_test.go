package browsertest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start is an engine with a worker, and its page.
func start(t *testing.T) (*engine, *trials, *tab) {
	t.Helper()
	e := startEngine(t)
	a := e.work(t)
	p := open(t, e)
	p.waitText("#workers", "trial")
	p.waitText("#activities", "describe")

	return e, a, p
}

// noForeign checks that the page has talked to nobody else.
func (p *tab) noForeign() {
	p.Helper()
	if got := p.foreign(); len(got) != 0 {
		p.Errorf("requests: got %q, want none to another host", got)
	}
}

func TestFormRunsAnActivity(t *testing.T) {
	t.Parallel()
	_, _, p := start(t)
	p.choose("describe")

	p.click(`#form [type=submit]`)
	p.waitText(".field:has([data-path=count]) .error", "want an integer")
	p.waitText(".field:has([data-path=colour]) .error", "is required")
	p.waitText(`.field:has([data-path="inner.x"]) .error`, "want an integer")
	if got := evaluate[string](p, "document.activeElement.dataset.path"); got != "count" {
		t.Errorf("focus: got %q, want the first field that is wrong, count", got)
	}
	p.snap("errors")

	p.set("name", `Ada "the" <first>`)
	p.set("count", "9007199254740993")
	p.set("weight", "1.5")
	p.click("[data-path=urgent]")
	p.set("colour", `"DarkBlue"`)
	p.set("inner.x", "-3")
	add := `fieldset:has(> legend span.kind) > button`
	p.click(add)
	p.click(add)
	p.set("tags[0]", "a")
	p.set("tags[1]", "b")
	p.set("labels", `{"one":"x"}`)
	p.click(`#form [type=submit]`)
	p.waitText(".field:has([data-path=labels]) .error", "one: want integer, got string")
	p.set("labels", `{"one":1}`)
	p.snap("form")
	p.click(`#form [type=submit]`)
	p.waitText("#run-status", "Run 1: completed")
	p.waitText("#detail-texts", "9007199254740993")
	input := `{"name":"Ada \"the\" <first>","count":9007199254740993,"weight":1.5,"urgent":true,` +
		`"colour":"DarkBlue","tags":["a","b"],"inner":{"x":-3},"labels":{"one":1}}`
	if got := evaluate[string](
		p,
		`fetch("/api/runs/1").then((r) => r.text())`,
	); !strings.Contains(
		got,
		`"input":`+input,
	) {
		t.Errorf("run 1: got %s, want the input %s", got, input)
	}
	p.noForeign()
}

func TestFormAndJSON(t *testing.T) {
	t.Parallel()
	_, _, p := start(t)
	p.choose("describe")
	p.click("#as-json")
	p.do(chromedp.SetValue(chromedp.CSS("#json"), `{"name":1}`))
	p.click(`#form [type=submit]`)
	for _, want := range []string{"name: want string, got integer", "inner: is required"} {
		p.waitText("#json-error", want)
	}
	full := `{"name":"n","count":12345678901234567890,"weight":1e2,"urgent":true,"colour":"Red",` +
		`"tags":["t"],"inner":{"x":1},"parent":{"name":"p","parent":{"name":"pp"}},"labels":{}}`
	p.do(
		chromedp.SetValue(
			chromedp.CSS("#json"),
			strings.Replace(full, `"labels"`, `"extra":1,"labels"`, 1),
		),
	)
	p.click("#as-json") // Would lose extra.
	p.waitText("#json-error", "extra: the form has no such field")

	p.do(chromedp.SetValue(chromedp.CSS("#json"), full))
	p.click("#as-json")
	p.wait(`document.querySelector('[data-path="parent.parent.name"]').value === "pp"`)
	p.click(`#form [type=submit]`)
	p.waitText("#run-status", "Run 1: completed")
	if got := evaluate[string](
		p,
		`fetch("/api/runs/1").then((r) => r.text())`,
	); !strings.Contains(
		got,
		`"input":`+full,
	) {
		t.Errorf("run 1: got %s, want the input %s", got, full)
	}

	p.choose("echo") // Any JSON: a text area.
	p.click(`#form [type=submit]`)
	p.waitText("#fields .error", "want a JSON value, got the end")
	p.set("", `{"a":1,"a":2}`)
	p.click(`#form [type=submit]`)
	p.waitText("#fields .error", `want no second "a"`)
	p.set("", `[null]`)
	p.click(`#form [type=submit]`)
	p.waitText("#run-status", "Run 2: completed")
}

func TestProgressMovesAndTheResultAppears(t *testing.T) {
	t.Parallel()
	_, a, p := start(t)
	p.choose("climb")
	p.set("peak", "K2")
	p.click(`#form [type=submit]`)
	for _, percent := range []int{25, 50, 75} {
		a.steps <- struct{}{}
		p.wait(
			fmt.Sprintf(
				`document.querySelector('.row[data-number="1"] progress')?.value === %d`,
				percent,
			),
		)
		p.wait(fmt.Sprintf(`document.querySelector("#detail-progress").value === %d`, percent))
	}
	p.snap("progress")
	a.steps <- struct{}{}
	p.waitText(`.row[data-number="1"] .state`, "completed")
	p.waitText("#detail-texts", `"reached": 9007199254740993`)
	p.noForeign()
}

func TestCancelAndRunAgain(t *testing.T) {
	t.Parallel()
	_, _, p := start(t)
	p.choose("wait")
	p.click(`#form [type=submit]`)
	p.waitText(`.row[data-number="1"] .state`, "running")
	p.click(`.row[data-number="1"] .act`)
	p.waitText(`.row[data-number="1"] .state`, "cancelled")
	p.waitText("#detail-texts", `activity "wait": cancelled`)
	p.click(`.row[data-number="1"] .act`)
	p.waitText(`.row[data-number="2"] .state`, "running")
	p.waitText("#detail-title", "Run 2")
	p.click("#detail-buttons .danger")
	p.waitText(`.row[data-number="2"] .state`, "cancelled")
	p.click("#detail-buttons button")
	p.waitText("#detail-title", "Run 3")

	p.choose("fail")
	p.click(`#form [type=submit]`)
	p.waitText("#run-status", "Run 4: failed")
	p.waitText("#detail-texts", "permission denied")
}

func TestDroppedStreamLosesTheAttempt(t *testing.T) {
	t.Parallel()
	_, a, p := start(t)
	p.choose("climb")
	p.set("peak", "Eiger")
	p.click(`#form [type=submit]`)
	<-a.runs
	p.waitText("#workers", "1 of 8 slots taken")
	p.click(`[data-worker="1"] button:last-child`)
	p.waitText("#detail-attempts", "lost: the worker's stream ended")
	p.wait(`!document.querySelector('[data-worker="1"]')`)
	p.wait(`document.querySelectorAll("#detail-attempts [data-state=started]").length === 2`)
	for range 4 {
		a.steps <- struct{}{}
	}
	p.waitText(`.row[data-number="1"] .state`, "completed")
	if got := p.detail(1)["attempt"]; got != 1.0 {
		t.Errorf("attempt: got %v, want 1: a loss uses up none", got)
	}
	p.snap("dropped")
}

func TestDrainedWorkerComesBack(t *testing.T) {
	t.Parallel()
	_, _, p := start(t)
	p.choose("wait")
	p.click(`#form [type=submit]`)
	p.waitText("#workers", "1 of 8 slots taken")
	p.click(`[data-worker="1"] button:first-child`)
	p.waitText(`[data-worker="1"] .mark`, "draining")
	p.click(`.row[data-number="1"] .act`)
	p.waitText(`[data-worker="2"] .mark`, "ready") // Its next registration.
}

// tabTo presses Tab until the focus is on something.
func (p *tab) tabTo(focus string) {
	p.Helper()
	const most = 40
	for range most {
		if evaluate[bool](p, fmt.Sprintf(`document.activeElement.matches(%q)`, focus)) {
			return
		}
		p.do(chromedp.KeyEvent(kb.Tab))
	}
	p.Fatalf(
		"focus: got %s, want %s after %d times Tab",
		evaluate[string](p, `document.activeElement.outerHTML`),
		focus,
		most,
	)
}

func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	_, a, p := start(t)
	p.tabTo(`[data-key="trials/climb"]`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.tabTo(`[data-path=peak]`)
	if evaluate[string](p, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
		t.Error("focus: got no outline, want one")
	}
	p.do(chromedp.KeyEvent("Mont Blanc"), chromedp.KeyEvent(kb.Enter))
	<-a.runs
	p.tabTo(`.row[data-number="1"] .open`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.waitText("#detail-texts", `"peak": "Mont Blanc"`)
	p.tabTo(`.row[data-number="1"] .act`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.waitText(`.row[data-number="1"] .state`, "cancelled")
	if !evaluate[bool](p, `document.activeElement.matches('.row[data-number="1"] .act')`) {
		t.Error("focus: got it lost, want it to stay where it was")
	}
}

// TestEverythingHasAName looks for controls that nobody can name.
func TestEverythingHasAName(t *testing.T) {
	t.Parallel()
	_, _, p := start(t)
	p.choose("describe")
	nameless := evaluate[[]string](
		p,
		`[...document.querySelectorAll("button, input, select, textarea, progress")]
		.filter((e) => !e.textContent.trim() && !e.labels?.length && !e.ariaLabel)
		.map((e) => e.outerHTML)`,
	)
	if len(nameless) != 0 {
		t.Errorf("names: got none for %q, want a label for each", nameless)
	}
	clicked := evaluate[int](p, `document.querySelectorAll("div[onclick], span[onclick]").length`)
	if clicked != 0 {
		t.Errorf("buttons: got %d that are none, want real ones", clicked)
	}
}

// manyRuns starts runs and waits for them to be taken.
func (e *engine) manyRuns(t *testing.T, n int) {
	t.Helper()
	const posters = 8
	var posting sync.WaitGroup
	for range posters {
		posting.Go(func() {
			for range n / posters {
				body := strings.NewReader(`{"queue":"trials","activity":"echo","input":{"some":"input"}}`)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+"api/runs", body)
				if err != nil {
					t.Errorf("run: got %v, want a request", err)
					return
				}
				request.Header.Set("Content-Type", "application/json")
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Errorf("run: got %v, want it to start", err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode != http.StatusCreated {
					t.Errorf("run: got %s, want 201", response.Status)
				}
			}
		})
	}
	posting.Wait()
}

func TestTenThousandRuns(t *testing.T) {
	t.Parallel()
	const many = 10_504 // More than are kept.
	e, a, p := start(t)
	begin := time.Now()
	e.manyRuns(t, many)
	t.Logf("%d runs started within %v", many, time.Since(begin))
	p.wait(`document.getElementById("count").textContent === "10000"`)
	if got := evaluate[int](p, `document.querySelectorAll(".row").length`); got == 0 || got > 60 {
		t.Errorf("rows: got %d in the document, want 1 to 60", got)
	}
	p.snap("many")

	// Scrolling to the far end and back must draw within a few frames.
	slowest := evaluate[float64](p, scrollScript)
	if slowest > 1000 {
		t.Errorf("scrolling: got %v ms for one step, want at most 1000", slowest)
	}
	t.Logf("slowest step of scrolling: %.1f ms", slowest)

	// A new run shows soon, and time for scripts stays small while one moves.
	p.choose("climb")
	p.set("peak", "K2")
	begin = time.Now()
	p.click(`#form [type=submit]`)
	<-a.runs
	evaluate[bool](p, `document.getElementById("runs").scrollTop = 0, true`)
	p.waitText(".row .open", "climb")
	t.Logf("a new run shows after %v", time.Since(begin))
	if spent := time.Since(begin); spent > 5*time.Second {
		t.Errorf("new run: got it shown after %v, want at most 5 s", spent)
	}
	cost := evaluate[float64](p, updateCost)
	t.Logf("one update of 500 runs: %.1f ms", cost)
	if cost > 300 {
		t.Errorf("update: got %v ms for one of 500 runs, want at most 300", cost)
	}
	p.noForeign()
}

// scrollScript is the time of the slowest of some long jumps in the list, in ms.
const scrollScript = `(async () => {
	const list = document.getElementById("runs");
	const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
	let slowest = 0;
	for (let i = 0; i <= 20; i++) {
		const begin = performance.now();
		list.scrollTop = (i % 2 ? 1 - i / 20 : i / 20) * list.scrollHeight;
		await frame();
		await frame();
		slowest = Math.max(slowest, performance.now() - begin);
	}
	return slowest;
})()`

// updateCost is the time that the page takes for an update of 500 runs among all
// the others, in ms.
const updateCost = `(async () => {
	const store = await import("/store.js");
	const list = await import("/list.js");
	const some = store.newest().slice(0, 500).map((number) => ({ ...store.runs.get(number) }));
	const begin = performance.now();
	store.take({ now: new Date().toISOString(), runs: some });
	list.refresh();
	document.getElementById("rows").getBoundingClientRect();
	return performance.now() - begin;
})()`

// TestFitsItsWidth looks for what sticks out of narrow and wide pages, and takes
// their pictures.
func TestFitsItsWidth(t *testing.T) {
	t.Parallel()
	e, a, p := start(t)
	e.manyRuns(t, 40)
	p.choose("fail")
	p.click(`#form [type=submit]`)
	p.waitText("#run-status", "failed")
	p.choose("climb")
	p.set("peak", "a-name-of-a-peak-without-any-space-that-is-longer-than-the-narrow-page-is-wide")
	p.click(`#form [type=submit]`)
	a.steps <- struct{}{}
	p.wait(`document.querySelector("#detail-progress").value === 25`)
	for _, activity := range []string{"describe", "climb"} {
		p.choose(activity)
		for _, width := range []int64{1280, 390} {
			p.do(chromedp.EmulateViewport(width, 900))
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				p.wait(fmt.Sprintf(`matchMedia("(prefers-color-scheme: %s)").matches`, scheme))
				p.snap(fmt.Sprintf("%s-%d-%s", activity, width, scheme))
			}
			if got := evaluate[int64](p, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("width: got %d, want at most %d", got, width)
			}
			small := evaluate[[]string](p, `[...document.querySelectorAll("button")]
				.filter((b) => b.checkVisibility() && b.getBoundingClientRect().height < 24)
				.map((b) => b.textContent)`)
			if len(small) != 0 {
				t.Errorf(
					"buttons at width %d: got %q lower than 24 pixels, want none",
					width,
					small,
				)
			}
		}
	}
}

// TestAnotherEngineAtTheSameAddress restarts aion-dev below an open page.
func TestAnotherEngineAtTheSameAddress(t *testing.T) {
	t.Parallel()
	e := startEngine(t)
	e.work(t)
	p := open(t, e)
	p.waitText("#activities", "echo")
	e.manyRuns(t, 16)
	p.waitText("#count", "16")
	p.click(".row .open")
	p.waitText("#detail-title", "Run ")
	e.stop()
	p.wait(`document.getElementById("connection").dataset.state === "lost"`)

	startEngine(t, "-page", strings.Trim(strings.TrimPrefix(e.url, "http:"), "/"))
	p.wait(`document.getElementById("connection").dataset.state === "live"`)
	p.waitText("#count", "0")
	p.wait(`document.getElementById("detail").hidden &&
		document.querySelectorAll(".row").length === 0`)
	p.wait(`!document.getElementById("no-activities").hidden`)
}
