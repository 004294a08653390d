package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

const (
	// updateEvery is the shortest time between two updates of one stream. What
	// happens meanwhile is told as one.
	updateEvery = 200 * time.Millisecond
	// lookEvery is how often workers are looked at when nothing else happens.
	lookEvery = time.Second
	// aliveEvery is how often a stream without news says that it is alive.
	aliveEvery = 15 * time.Second
	// sendTime bounds how long a reader may leave an update untaken. It may come
	// back and go on from where it was.
	sendTime = 10 * time.Second
	// runsPerUpdate bounds an update.
	runsPerUpdate = 500
	// maxReaders bounds the streams that are open at once.
	maxReaders = 64
)

// readers counts the update streams.
type readers struct{ open atomic.Int32 }

// enter says whether one more reader may come in; it calls leave then.
func (r *readers) enter() bool {
	if r.open.Add(1) <= maxReaders {
		return true
	}
	r.leave()

	return false
}

func (r *readers) leave() { r.open.Add(-1) }

// eventStream writes server-sent events to one reader. A write waits for the
// reader, and nothing is kept for it meanwhile.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	written time.Time
}

func newEventStream(w http.ResponseWriter) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)

	return &eventStream{w: w, control: http.NewResponseController(w), written: time.Now()}
}

// send writes one event; without a value a comment, which only shows life.
func (e *eventStream) send(id string, value any) error {
	var text bytes.Buffer
	if value == nil {
		text.WriteString(": alive\n\n")
	} else {
		fmt.Fprintf(&text, "id: %s\ndata: ", id)
		if err := encode(&text, value); err != nil {
			return fmt.Errorf("event: %w", err)
		}
		text.WriteByte('\n') // The text has ended its line.
	}

	e.written = time.Now()
	if err := e.control.SetWriteDeadline(e.written.Add(sendTime)); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	if _, err := e.w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	if err := e.control.Flush(); err != nil {
		return fmt.Errorf("event: %w", err)
	}

	return nil
}

// idle says whether it is time to show life.
func (e *eventStream) idle() bool { return time.Since(e.written) >= aliveEvery }

// open opens a stream to a reader, or answers that there are too many. The
// handler's end closes it.
func (s *Server) open(w http.ResponseWriter) (stream *eventStream, leave func(), ok bool) {
	if !s.readers.enter() {
		problemf(w, http.StatusServiceUnavailable,
			"%d update streams are open already: close some pages", maxReaders)
		return nil, nil, false
	}

	return newEventStream(w), s.readers.leave, true
}

// events streams updates of all runs and workers. A reader that comes back goes
// on after the id of its last event.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	stream, leave, ok := s.open(w)
	if !ok {
		return
	}
	defer leave()

	updates := &updates{server: s, reset: true}
	if revision, ok := s.revisionOf(r.Header.Get("Last-Event-ID")); ok {
		updates.revision, updates.reset = revision, false
	}
	for {
		changed := s.history.Changed()
		update, news := updates.next()
		var err error
		switch {
		case news:
			err = stream.send(fmt.Sprintf("%s-%d", s.boot, updates.revision), update)
		case stream.idle():
			err = stream.send("", nil)
		}
		if err != nil || !update.More && !pause(r, changed) {
			return
		}
	}
}

// revisionOf reads the id of an event of this server.
func (s *Server) revisionOf(id string) (uint64, bool) {
	text, ok := strings.CutPrefix(id, s.boot+"-")
	if !ok {
		return 0, false
	}
	revision, err := strconv.ParseUint(text, 10, 64)

	return revision, err == nil
}

// pause waits until there may be news, and no shorter than updateEvery. It
// returns false when the reader is gone, or the server closes.
func pause(r *http.Request, changed <-chan struct{}) bool {
	shortest, look := time.NewTimer(updateEvery), time.NewTimer(lookEvery)
	defer shortest.Stop()
	defer look.Stop()
	select {
	case <-shortest.C:
	case <-r.Context().Done():
		return false
	}
	select {
	case <-changed:
	case <-look.C:
	case <-r.Context().Done():
		return false
	}

	return true
}

// updates makes the updates of one stream.
type updates struct {
	server   *Server
	revision uint64
	reset    bool
	workers  []byte // as they were told last
}

// next is the next update, and whether it says anything.
func (u *updates) next() (api.Update, bool) {
	changes := u.server.history.Since(u.revision, runsPerUpdate)
	u.revision = changes.Revision
	update := api.Update{
		Reset:   u.reset || changes.Reset,
		More:    changes.More,
		Now:     time.Now(),
		Runs:    changes.Runs,
		Removed: changes.Removed,
	}
	u.reset = false

	workers := u.server.workerList()
	if text, err := json.Marshal(workers); err == nil && !bytes.Equal(text, u.workers) {
		u.workers = text
		update.Workers = &workers
	}
	news := update.Reset || len(update.Runs) > 0 || len(update.Removed) > 0 || update.Workers != nil

	return update, news
}

// runEvents streams the detail of one run whenever it has changed, until it has
// ended.
func (s *Server) runEvents(w http.ResponseWriter, r *http.Request) {
	detail, known := s.known(w, r)
	if !known {
		return
	}
	stream, leave, ok := s.open(w)
	if !ok {
		return
	}
	defer leave()

	var told uint64
	for {
		changed := s.history.Changed()
		newest, err := s.history.Run(detail.Number)
		if err != nil {
			return // Kept no more.
		}
		switch {
		case newest.Revision != told:
			told = newest.Revision
			err = stream.send(strconv.FormatUint(told, 10), newest)
		case stream.idle():
			err = stream.send("", nil)
		}
		if err != nil || newest.State.Ended() || !pause(r, changed) {
			return
		}
	}
}
