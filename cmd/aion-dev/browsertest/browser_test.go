package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long anything may take that the page is to show.
const patience = 20 * time.Second

// findChromium returns the browser, or skips the test.
func findChromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium on PATH: .ci/browser installs one, and CHROMIUM names one elsewhere")

	return ""
}

// tab is a page in a browser of its own.
type tab struct {
	*testing.T

	ctx context.Context //nolint:containedctx // It is the tab, to chromedp.
	url string
	// foreign are the addresses of other hosts that the page has asked for.
	foreign func() []string
}

// open opens the page of e, and waits until its stream is live.
func open(t *testing.T, e *engine) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(findChromium(t)), chromedp.NoSandbox, chromedp.WindowSize(1280, 900))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)

	p := &tab{T: t, ctx: ctx, url: e.url}
	// What starts the browser ends it with its context, so that this has no bound.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("browser: got %v, want it to start", err)
	}
	p.watchRequests()
	p.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(e.url))
	p.wait(`document.getElementById("connection").dataset.state === "live"`)

	return p
}

// watchRequests collects what goes to other hosts than the page's.
func (p *tab) watchRequests() {
	p.Helper()
	requests := chromedp.Events(p.ctx, network.RequestWillBeSent)
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		p.Fatalf("network.Enable: got %v, want nil", err)
	}
	seen := make(chan string, 1<<16)
	go func() { // Ends with the tab.
		for request, err := range requests {
			if err != nil {
				return
			}
			seen <- request.Request.URL
		}
	}()
	p.foreign = func() []string {
		var foreign []string
		own := 0
		for range len(seen) {
			if url := <-seen; strings.HasPrefix(url, p.url) {
				own++
			} else {
				foreign = append(foreign, url)
			}
		}
		if own == 0 {
			p.Error("requests: got none of the page's own, want them to be seen")
		}

		return foreign
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.Fatalf("browser: got %v, want nil", err)
	}
}

// evaluate returns what an expression is in the page, promises awaited.
func evaluate[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: got %v, want a value", expression, err)
	}

	return value
}

// wait waits until a condition holds in the page.
func (p *tab) wait(condition string) {
	p.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		if evaluate[bool](p, "Boolean("+condition+")") {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			p.snap("failure")
			p.Fatalf("page: got no %s within %v, want it; its text is\n%s", condition, patience,
				evaluate[string](p, "document.body.innerText"))
		}
	}
}

// waitText waits until an element contains a text.
func (p *tab) waitText(selector, want string) {
	p.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q)`, selector, want))
}

// click clicks as a mouse would: at the element's place, wherever that is.
func (p *tab) click(selector string) {
	p.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%q)?.checkVisibility()`, selector))
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// choose puts an activity into the form.
func (p *tab) choose(activity string) {
	p.Helper()
	p.click(fmt.Sprintf(`[data-key="%s/%s"]`, queue, activity))
	p.waitText("#run-title", activity)
}

// set writes into a field of the form.
func (p *tab) set(path, value string) {
	p.Helper()
	selector := fmt.Sprintf(`[data-path="%s"]`, path)
	p.do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// detail is what the server says about a run.
func (p *tab) detail(number int) map[string]any {
	p.Helper()
	text := evaluate[string](p, fmt.Sprintf(`fetch("/api/runs/%d").then((r) => r.text())`, number))
	var detail map[string]any
	if err := json.Unmarshal([]byte(text), &detail); err != nil {
		p.Fatalf("run %d: got %q, want JSON", number, text)
	}

	return detail
}

// scheme makes the page light or dark.
func (p *tab) scheme(name string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		p.Fatalf("colour scheme: got %v, want nil", err)
	}
}

// snap takes a picture, when BROWSERTEST_PICTURES names a folder for them.
func (p *tab) snap(name string) {
	p.Helper()
	folder := os.Getenv("BROWSERTEST_PICTURES")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.Logf("picture %s: %v", name, err)
		return
	}
	file := filepath.Join(folder, strings.ReplaceAll(p.Name(), "/", "-")+"-"+name+".png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		p.Logf("picture %s: %v", name, err)
	}
}
