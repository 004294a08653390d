package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

const (
	// barWidth is the width of a progress bar, in characters.
	barWidth = 30
	// lineWidth is that of a line that is drawn again: one that wraps could not be.
	lineWidth = 79
)

// progressView shows a run while it runs: as one line that is drawn again and
// again on a terminal, as a line for each thing that happens elsewhere.
type progressView struct {
	w        io.Writer
	redraws  bool
	told     int // what happened to attempts, in all
	progress string
	waits    bool // said already
}

func newProgressView(w io.Writer) *progressView {
	return &progressView{w: w, redraws: isTerminal(w)}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()

	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (v *progressView) see(run api.RunDetail) {
	if v.redraws {
		_, _ = fmt.Fprint(v.w, "\r\x1b[K"+bar(run)) // Over the line before.
		return
	}

	if run.State == api.StateQueued && run.Attempt == 0 && !v.waits {
		v.waits = true
		v.linef(run, "waits for a worker of task queue %q", run.Queue)
	}
	for i, attempt := range run.History {
		if run.HistoryDropped+i < v.told {
			continue
		}
		v.told = run.HistoryDropped + i + 1
		text := fmt.Sprintf("attempt %d of %d %s on worker %d",
			attempt.Number, attempt.Of, attempt.State, attempt.WorkerID)
		if attempt.Error != "" {
			text += ": " + attempt.Error
		}
		v.linef(run, "%s", text)
	}
	if run.Progress != nil && string(run.Progress.JSON) != v.progress {
		v.progress = string(run.Progress.JSON)
		v.linef(run, "progress %s", v.progress)
	}
}

func (v *progressView) linef(run api.RunDetail, format string, args ...any) {
	_, _ = fmt.Fprintf(v.w, "run %d: "+format+"\n", append([]any{run.Number}, args...)...)
}

// finish leaves the line empty.
func (v *progressView) finish() {
	if v.redraws {
		_, _ = fmt.Fprint(v.w, "\r\x1b[K")
	}
}

// bar is a run in one line.
func bar(run api.RunDetail) string {
	text := fmt.Sprintf("run %d: %s", run.Number, run.State)
	switch {
	case run.Attempt == 0:
		text += fmt.Sprintf(", waits for a worker of task queue %q", run.Queue)
	case run.Attempts > 1:
		text += fmt.Sprintf(", attempt %d of %d", run.Attempt, run.Attempts)
	}
	switch {
	case run.Percent != nil:
		full := int(*run.Percent * barWidth / 100) //nolint:mnd // Percent.
		text = fmt.Sprintf("[%s%s] %3.0f %%  %s",
			strings.Repeat("#", full), strings.Repeat("-", barWidth-full), *run.Percent, text)
	case run.Progress != nil:
		text += ", " + strings.Join(strings.Fields(string(run.Progress.JSON)), " ")
	}

	return cut(text)
}

// cut makes a text fit into one line.
func cut(text string) string {
	characters := []rune(text)
	if len(characters) <= lineWidth {
		return text
	}

	return string(characters[:lineWidth-1]) + "…"
}
