package devengine_test

import (
	"testing"

	aionpb "github.com/aion-go/aion/gen/aion"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/devengine"
)

func TestTasksGoRound(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	scripts := []*script{l.connect(2), l.connect(2), l.connect(2)}
	for range 2 {
		for i, s := range scripts {
			run := l.start()
			if got := s.task().GetWorkflowId().GetUuid(); got != run.WorkflowID() {
				t.Errorf("worker %d: got workflow %s, want %s", i, got, run.WorkflowID())
			}
		}
	}
}

func TestCapacityIsCountedPerStream(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	s := l.connect(2)
	runs := []*devengine.Run{l.start(), l.start(), l.start()}
	first, second := s.task(), s.task()
	s.nothing()

	s.complete(second, `2`)
	s.acked(second)
	third := s.task()
	s.nothing()
	s.complete(first, `1`)
	s.acked(first)
	s.complete(third, `3`)
	for i, want := range []string{`1`, `2`, `3`} {
		wantOutput(t, runs[i], want)
	}
}

func TestFullWorkerIsPassedOver(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	small, large := l.connect(1), l.connect(3)
	for range 4 {
		l.start()
	}
	small.task()
	for range 3 {
		large.task()
	}
}

func TestRoutedByNamespaceAndQueueAndNeverByType(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{Namespaces: []string{"a", "b"}}))
	in := func(namespaces ...string) func(*aionpb.RegisterWorker) {
		return func(r *aionpb.RegisterWorker) { r.Namespaces = namespaces }
	}
	onlyB := l.connect(4, in("b"))
	both := l.connect(4, in("a", "b"), func(r *aionpb.RegisterWorker) { r.Node = "eu-1" })
	elsewhere := l.connect(
		4,
		in("a", "b"),
		func(r *aionpb.RegisterWorker) { r.TaskQueue = "other" },
	)

	for range 2 { // In "a", the first namespace.
		run := l.start()
		if got := both.task().GetWorkflowId().GetUuid(); got != run.WorkflowID() {
			t.Errorf("namespace a: got workflow %s, want %s", got, run.WorkflowID())
		}
	}
	second := l.start(devengine.WithNamespace("b"))
	if got := onlyB.task().GetWorkflowId().GetUuid(); got != second.WorkflowID() {
		t.Errorf("namespace b: got workflow %s, want %s", got, second.WorkflowID())
	}

	unknown, err := l.StartRun(
		aion.ActivitySpec{TaskQueue: "other", Type: "not advertised"},
		[]byte(`1`),
	)
	if err != nil {
		t.Fatalf("StartRun: got %v, want a run", err)
	}
	if got := elsewhere.task().GetWorkflowId().GetUuid(); got != unknown.WorkflowID() {
		t.Errorf("queue other: got workflow %s, want %s", got, unknown.WorkflowID())
	}
	onlyB.nothing()
	both.nothing()
}

func TestAPinnedActivityGoesToItsNodeOnly(t *testing.T) {
	t.Parallel()
	l := newLab(t, quiet(devengine.Config{}))
	at := func(node string) func(*aionpb.RegisterWorker) {
		return func(r *aionpb.RegisterWorker) { r.Node = node }
	}
	anywhere, east, west := l.connect(4), l.connect(1, at("east")), l.connect(4, at("west"))
	start := func(node string) string {
		run, err := l.StartRun(aion.ActivitySpec{TaskQueue: queue, Type: "charge", Node: node}, []byte(`1`))
		if err != nil {
			t.Fatal(err)
		}

		return run.WorkflowID()
	}

	pinned, next := start("east"), start("east")
	held := east.task()
	if got := held.GetWorkflowId().GetUuid(); got != pinned {
		t.Errorf("got workflow %s on its node, want %s", got, pinned)
	}
	anywhere.nothing()
	west.nothing()
	for range 2 { // What is pinned nowhere goes round, over the nodes with a free slot too.
		start("")
	}
	anywhere.task()
	west.task()
	east.complete(held, `1`)
	east.acked(held)
	if got := east.task().GetWorkflowId().GetUuid(); got != next {
		t.Errorf("got workflow %s once the node has a free slot, want %s", got, next)
	}
}
