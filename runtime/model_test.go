package aion_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	aion "github.com/aion-go/aion/runtime"
)

//nolint:gochecknoglobals // Flags of the test binary.
var (
	modelSeeds = flag.Int("model.seeds", 500, "how many random histories the model test draws")
	modelSeed  = flag.Uint64("model.seed", 0, "the only history to draw, 0 for all")
)

// TestModel draws random histories of an engine against Serve and holds what
// the runtime does against a model of its rules. A failure prints its seed and
// its history; -model.seed repeats it.
func TestModel(t *testing.T) {
	t.Parallel()
	seeds := *modelSeeds
	if testing.Short() {
		seeds /= 10
	}
	first, last := uint64(1), uint64(seeds)
	if *modelSeed != 0 {
		first, last = *modelSeed, *modelSeed
	}
	for seed := first; seed <= last && !t.Failed(); seed++ {
		synctest.Test(t, func(t *testing.T) { newModel(t, seed).run() })
	}
}

const (
	modelActivities = 4
	modelSteps      = 40
	// firstMalformed is the first activity of tasks that make no sense.
	firstMalformed = 1000
	// modelLongest is the longest that a handler of the model runs.
	modelLongest = 50 * time.Second
)

// model is an engine that knows what a worker owes it. The test's goroutine
// owns it; mu guards what handlers write too.
type model struct {
	t       *testing.T
	seed    uint64
	random  *rand.Rand
	worker  *worker
	slots   int
	keys    modelKeys
	streams []*modelStream  // Those that are alive.
	touched map[uint64]bool // Activities that the step is about.
	opened  int

	mu         sync.Mutex
	history    []string
	running    int
	runs       map[modelRun]*modelState
	deliveries map[string]*modelDelivery
	cancelled  map[uint64]bool
	superseded map[modelRun]bool
	stopping   bool
	tokens     int
}

// modelStream is one stream of the engine.
type modelStream struct {
	*scriptedSession

	model   *model
	served  *served
	name    string
	acks    []aion.Frame // Guarded by the model's lock: acks on their way.
	read    int          // Frames that the model has seen.
	pings   []uint64
	unacked []aion.Frame // Results without an ack, the oldest first.
}

// modelRun names what must not run twice: one attempt of an activity.
type modelRun struct {
	activity uint64
	attempt  uint32
}

// modelState is what the engine knows of an attempt.
type modelState struct {
	newest   *modelDelivery
	running  bool
	started  bool
	finished bool
	done     bool      // Acknowledged on the stream that brought the newest delivery.
	kept     time.Time // Acknowledged on another stream.
}

// mayRunAgain reports whether the outcome of an attempt is done with.
func (s *modelState) mayRunAgain() bool {
	return s.done || !s.kept.IsZero() && time.Since(s.kept) >= 4*window
}

// modelDelivery is one token.
type modelDelivery struct {
	run     modelRun
	token   string
	stream  *modelStream
	taken   bool // The worker has received it.
	refused bool
	result  bool
}

// Receive tells the model what the worker takes: an event may be lost with its
// stream.
func (s *modelStream) Receive() (aion.Event, error) {
	e, err := s.scriptedSession.Receive()
	e.Key = s.model.keys.toWorker(e.Key)
	key := s.model.keys.toWorker(keyOf(&e.Task))
	e.Task.WorkflowID, e.Task.ActivityID = key.WorkflowID, key.ActivityID
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	switch e.Kind { //nolint:exhaustive // The others change nothing.
	case aion.EventTask:
		s.model.taken(s.model.deliveries[e.Task.CompletionToken])
	case aion.EventMalformedTask:
		s.model.deliveries[e.Task.CompletionToken].taken = true
	case aion.EventAck:
		s.model.acknowledged(s, s.acks[0])
		s.acks = s.acks[1:]
	}

	return e, err //nolint:wrapcheck // It stands for the session itself.
}

func (s *modelStream) Send(f aion.Frame) error {
	f.Key = s.model.keys.fromWorker(f.Key)

	return s.scriptedSession.Send(f)
}

// modelKeys are the keys by which the worker knows the model's activities.
type modelKeys struct {
	collide bool // All of them have the same hash.
}

func keyOf(task *aion.Task) aion.ActivityKey {
	return aion.ActivityKey{WorkflowID: task.WorkflowID, ActivityID: task.ActivityID}
}

func (k modelKeys) toWorker(key aion.ActivityKey) aion.ActivityKey {
	if !k.collide {
		return key
	}

	return aion.CollidingKey(strconv.FormatUint(key.ActivityID, 10))
}

func (k modelKeys) fromWorker(key aion.ActivityKey) aion.ActivityKey {
	if !k.collide || key.WorkflowID == "" {
		return key
	}
	n, err := strconv.ParseUint(key.WorkflowID, 10, 64)
	if err != nil {
		panic(err)
	}

	return aion.ActivityKey{ActivityID: n}
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)),
		runs: map[modelRun]*modelState{}, deliveries: map[string]*modelDelivery{},
		cancelled: map[uint64]bool{}, superseded: map[modelRun]bool{},
		keys: modelKeys{collide: seed%2 == 0},
	}
	m.slots = 1 + m.random.IntN(3)
	m.worker = newWorker(m.slots)
	if seed%4 < 2 {
		m.worker.tracker.ArchiveAll()
	}

	return m
}

func (m *model) run() {
	m.open()
	for range modelSteps {
		m.step()
	}
	if m.random.IntN(2) == 0 {
		m.settle()
		m.allSlotsAreFree()
	}
	m.stop()
	m.open()
	m.settle()
	m.stop()
}

// step draws one to three events that reach the worker at once, no two of them
// about one activity: their order would be open.
func (m *model) step() {
	m.touched = map[uint64]bool{}
	for range 1 + m.random.IntN(3) {
		m.event()
	}
	m.rest()
}

// rest lets everything happen that happens without time, and checks it.
func (m *model) rest() {
	synctest.Wait()
	m.observe()
	m.check()
}

func (m *model) event() {
	s := m.streams[m.random.IntN(len(m.streams))]
	activity := uint64(m.random.IntN(modelActivities))
	switch n := m.random.IntN(100); {
	case n < 35:
		m.touch(activity, func() { m.deliver(s, m.latest(activity)) })
	case n < 43:
		m.touch(activity, func() { m.retry(s, m.latest(activity)) })
	case n < 50:
		m.touch(activity, func() { m.cancel(s, activity) })
	case n < 68:
		m.ack(s, m.random.IntN(5) > 0)
	case n < 72:
		m.ping(s)
	case n < 75:
		m.malformed(s)
	case n < 77:
		m.put(s, "drain", aion.Event{Kind: aion.EventDrain})
	case n < 81:
		m.breakOff(s)
	case n < 86 && len(m.streams) < 3:
		m.open()
	default:
		m.pass()
	}
}

func (m *model) touch(activity uint64, do func()) {
	if !m.touched[activity] {
		m.touched[activity] = true
		do()
	}
}

// latest is the newest attempt of an activity, the first when there is none.
func (m *model) latest(activity uint64) modelRun {
	m.mu.Lock()
	defer m.mu.Unlock()
	run := modelRun{activity: activity, attempt: 1}
	for r := range m.runs {
		if r.activity == activity {
			run.attempt = max(run.attempt, r.attempt)
		}
	}

	return run
}

func (m *model) put(s *modelStream, what string, e aion.Event) {
	m.notef("%s: %s", s.name, what)
	s.events <- e
}

func (m *model) deliver(s *modelStream, run modelRun) {
	d := m.delivery(s, run)
	e := task(run.activity)
	e.Task.Attempt, e.Task.CompletionToken = run.attempt, d.token
	m.put(s, fmt.Sprintf("deliver %v as %s", run, d.token), e)
}

func (m *model) delivery(s *modelStream, run modelRun) *modelDelivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens++
	d := &modelDelivery{run: run, token: fmt.Sprint("t", m.tokens), stream: s}
	m.deliveries[d.token] = d
	if m.runs[run] == nil {
		m.runs[run] = &modelState{}
	}

	return d
}

// taken notes that the worker has received a delivery. The caller holds mu.
func (m *model) taken(d *modelDelivery) {
	d.taken = true
	state := m.runs[d.run]
	if !state.running && state.mayRunAgain() {
		*state = modelState{}
	}
	state.newest, state.kept = d, time.Time{}
	for attempt := range d.run.attempt {
		m.superseded[modelRun{activity: d.run.activity, attempt: attempt}] = true
	}
}

// retry delivers the next attempt, as an engine does after a failure or at its
// own timeout.
func (m *model) retry(s *modelStream, run modelRun) {
	run.attempt++
	m.deliver(s, run)
}

func (m *model) cancel(s *modelStream, activity uint64) {
	m.mu.Lock()
	m.cancelled[activity] = true
	m.mu.Unlock()
	m.put(s, fmt.Sprint("cancel ", activity), cancelOf(activity))
}

// ack acknowledges the oldest result of a stream, or drops that ack.
func (m *model) ack(s *modelStream, arrives bool) {
	if len(s.unacked) == 0 || m.touched[s.unacked[0].Key.ActivityID] {
		return
	}
	f := s.unacked[0]
	m.touched[f.Key.ActivityID] = true
	s.unacked = s.unacked[1:]
	if !arrives {
		m.dropAck(s, f)

		return
	}
	m.putAck(s, f)
	// An ack that comes twice may stand for a later send, so it is drawn where no
	// delivery depends on it.
	if f.Key.ActivityID >= firstMalformed && m.random.IntN(2) == 0 {
		m.putAck(s, f)
	}
}

// dropAck loses an ack on its way. The engine has taken the result all the
// same, and the ack of another delivery may stand for it: acks name the
// activity alone.
func (m *model) dropAck(s *modelStream, f aion.Frame) {
	m.notef("%s: drop the ack of %s", s.name, f.Token)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acknowledged(s, f)
}

func (m *model) putAck(s *modelStream, f aion.Frame) {
	m.mu.Lock()
	s.acks = append(s.acks, f)
	m.mu.Unlock()
	m.put(s, "ack "+f.Token, aion.Event{Kind: aion.EventAck, Key: f.Key})
}

// acknowledged notes that the worker has received an ack. The caller holds mu.
func (m *model) acknowledged(s *modelStream, f aion.Frame) {
	state := m.runs[m.deliveries[f.Token].run]
	switch {
	case state == nil || state.running || state.newest.token != f.Token:
	case state.newest.stream == s:
		state.done = true
	case state.kept.IsZero():
		state.kept = time.Now()
	}
}

func (m *model) ping(s *modelStream) {
	number := m.random.Uint64()
	s.pings = append(s.pings, number)
	m.put(s, "ping", aion.Event{Kind: aion.EventPing, Ping: number})
}

// malformed delivers a task that makes no sense, of an activity of its own.
func (m *model) malformed(s *modelStream) {
	m.mu.Lock()
	m.tokens++
	d := &modelDelivery{
		run:    modelRun{activity: firstMalformed + uint64(m.tokens)},
		token:  fmt.Sprint("t", m.tokens),
		stream: s,
	}
	m.deliveries[d.token] = d
	m.mu.Unlock()
	e := redelivered(task(d.run.activity), d.token)
	e.Kind, e.Reason = aion.EventMalformedTask, "drawn"
	m.put(s, "malformed "+d.token, e)
}

func (m *model) breakOff(s *modelStream) {
	m.notef("%s: breaks", s.name)
	s.Close(io.ErrUnexpectedEOF)
	if len(m.streams) == 1 {
		m.open()
	}
}

func (m *model) open() {
	m.opened++
	s := &modelStream{
		scriptedSession: newSession(), model: m, name: fmt.Sprint("stream ", m.opened),
	}
	m.notef("%s: opens", s.name)
	s.served = m.serve(s)
	m.streams = append(m.streams, s)
}

func (m *model) serve(s *modelStream) *served {
	ctx, cancel := context.WithCancel(m.t.Context())
	r := &served{stop: cancel, done: make(chan struct{})}
	w := m.worker
	go func() {
		defer close(r.done)
		r.end, r.health, r.err = aion.Serve(ctx, s, handlerFunc(m.handle), w.executions, w.tracker, w.cfg)
	}()

	return r
}

func (m *model) pass() {
	steps := []time.Duration{
		time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
		time.Second, 10 * time.Second, window, 5 * window,
	}
	d := steps[m.random.IntN(len(steps))]
	m.notef("%s pass", d)
	time.Sleep(d)
}

// handle is the handler of all activities: what it does is drawn from the seed
// and the attempt.
func (m *model) handle(ctx context.Context, task *aion.Task) aion.Outcome {
	run := modelRun{activity: m.keys.fromWorker(keyOf(task)).ActivityID, attempt: task.Attempt}
	random := rand.New(rand.NewPCG(m.seed, run.activity<<32|uint64(run.attempt)))
	durations := []time.Duration{
		0, 50 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond,
		5 * time.Second, modelLongest,
	}
	duration := durations[random.IntN(len(durations))]
	m.begin(run)
	defer m.end(ctx, run)
	done := ctx.Done()
	if random.IntN(4) == 0 {
		done = nil // It is deaf.
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
		return aion.Failed(ctx, ctx.Err())
	}
	if random.IntN(4) == 0 {
		panic("drawn")
	}

	return aion.Completed([]byte(`"done"`))
}

func (m *model) begin(run modelRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.history = append(m.history, fmt.Sprintf("  %v starts", run))
	state := m.runs[run]
	m.running++
	if m.running > m.slots {
		m.failLockedf("got %d running in %d slots", m.running, m.slots)
	}
	if state.running {
		m.failLockedf("%v runs twice at once", run)
	}
	if state.started && !m.superseded[run] {
		m.failLockedf("%v runs again although its outcome is unacknowledged or kept", run)
	}
	*state = modelState{newest: state.newest, running: true, started: true}
}

func (m *model) end(ctx context.Context, run modelRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.history = append(m.history, fmt.Sprintf("  %v ends, cause %v", run, context.Cause(ctx)))
	m.running--
	state := m.runs[run]
	state.running, state.finished = false, true
	switch cause := context.Cause(ctx); {
	case cause == nil:
	case errors.Is(cause, aion.ErrCancelledByEngine) && m.cancelled[run.activity]:
	case errors.Is(cause, aion.ErrSuperseded) && m.superseded[run]:
	case errors.Is(cause, aion.ErrWorkerStopping) && m.stopping:
	default:
		m.failLockedf("%v ended for the cause %v, which nobody gave", run, cause)
	}
}

// observe reads what has been sent since, and drops the streams that ended.
func (m *model) observe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.streams {
		s.mu.Lock()
		frames := s.frames[s.read:]
		s.read = len(s.frames)
		s.mu.Unlock()
		for _, f := range frames {
			m.take(s, f)
		}
	}
	m.streams = slices.DeleteFunc(m.streams, func(s *modelStream) bool { return s.served.ended() })
}

func (m *model) take(s *modelStream, f aion.Frame) {
	switch f.Kind {
	case aion.FrameResult, aion.FrameRefusal:
		m.answer(s, f)
	case aion.FrameLivenessAnswer:
		at := slices.Index(s.pings, f.Ping)
		if at < 0 {
			m.failLockedf("%s answered ping %d, which nobody sent", s.name, f.Ping)

			return
		}
		s.pings = slices.Delete(s.pings, at, at+1)
	case aion.FrameHeartbeat, aion.FrameTaskHeartbeat:
	}
}

func (m *model) answer(s *modelStream, f aion.Frame) {
	d := m.deliveries[f.Token]
	if d == nil || d.run.activity != f.Key.ActivityID {
		m.failLockedf("%s sent %+v for a delivery that never was", s.name, f)

		return
	}
	if f.Kind == aion.FrameRefusal {
		m.history = append(m.history, fmt.Sprintf("  %s: refusal of %s", s.name, f.Token))
		d.refused = true
	} else {
		m.history = append(m.history, fmt.Sprintf("  %s: result of %s", s.name, f.Token))
		d.result = true
		s.unacked = append(s.unacked, f)
	}
	if d.refused && d.result {
		m.failLockedf("%s was refused and has a result", d.token)
	}
}

// check holds the worker against what must be so whenever it rests.
func (m *model) check() {
	if len(m.streams) == 0 {
		m.open()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var owed []string
	for _, state := range m.runs {
		if state.finished && !state.done && state.kept.IsZero() && !state.newest.refused {
			owed = append(owed, state.newest.token)
		}
	}
	if got := m.worker.tracker.Len(); got < len(owed) {
		m.failLockedf("got %d outcomes in the tracker, want those without an ack at least: %v", got, owed)
	}
	if got := m.worker.executions.Running(); got != m.running {
		m.failLockedf("got %d slots taken, want the %d that run", got, m.running)
	}
	for _, s := range m.streams {
		if len(s.pings) > 0 {
			m.failLockedf("%s did not answer pings %v", s.name, s.pings)
		}
	}
}

// settle acknowledges everything until the worker owes nothing. Then each
// delivery has its answer, unless its stream took it along.
func (m *model) settle() {
	m.notef("settle")
	for range 100 {
		m.touched = map[uint64]bool{}
		for _, s := range m.streams {
			for _, f := range s.unacked {
				m.putAck(s, f)
			}
			s.unacked = nil
		}
		m.rest()
		if m.settled() {
			break
		}
		time.Sleep(window / 2)
		m.rest()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if got := m.worker.tracker.Len(); got != 0 || m.running != 0 {
		m.failLockedf("got %d outcomes in the tracker and %d running in the end, want none",
			got, m.running)
	}
	for _, d := range m.deliveries {
		if m.unanswered(d) {
			m.failLockedf("%s of %v has no answer", d.token, d.run)
		}
	}
}

// unanswered reports whether the worker owes an answer to a delivery: neither a
// newer delivery nor the end of its stream has taken that from it. The caller
// holds mu.
func (m *model) unanswered(d *modelDelivery) bool {
	state := m.runs[d.run]
	newest := state == nil || state.newest == d

	return newest && d.taken && !d.result && !d.refused && slices.Contains(m.streams, d.stream)
}

func (m *model) settled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running > 0 || m.worker.tracker.Len() > 0 {
		return false
	}
	for _, d := range m.deliveries {
		if m.unanswered(d) {
			return false
		}
	}

	return true
}

// allSlotsAreFree fills every slot with new activities.
func (m *model) allSlotsAreFree() {
	m.notef("fill %d slots", m.slots)
	m.open()
	s := m.streams[len(m.streams)-1]
	for n := range m.slots {
		m.deliver(s, modelRun{activity: uint64(100 + n), attempt: 1})
	}
	synctest.Wait()
	m.observe()
	m.mu.Lock()
	defer m.mu.Unlock()
	for n := range m.slots {
		if !m.runs[modelRun{activity: uint64(100 + n), attempt: 1}].started {
			m.failLockedf("activity %d did not start although every slot is free", 100+n)
		}
	}
}

// stop ends all streams as a worker does that stops.
func (m *model) stop() {
	m.notef("stop")
	m.mu.Lock()
	m.stopping = true
	m.mu.Unlock()
	for _, s := range m.streams {
		s.served.stop()
	}
	time.Sleep(aion.DefaultStopTimeout)
	synctest.Wait()
	for _, s := range m.streams {
		if !s.served.ended() {
			m.failf("%s still serves after StopTimeout", s.name)
		}
	}
	time.Sleep(modelLongest)
	synctest.Wait()
	m.observe()
}

func (m *model) notef(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.history = append(m.history, fmt.Sprintf(format, args...))
}

func (m *model) failf(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failLockedf(format, args...)
}

// failLockedf reports the first failure of a history. The caller holds mu.
func (m *model) failLockedf(format string, args ...any) {
	if m.t.Failed() {
		return
	}
	m.t.Errorf("seed %d: %s, after:\n%s",
		m.seed, fmt.Sprintf(format, args...), strings.Join(m.history, "\n"))
}
