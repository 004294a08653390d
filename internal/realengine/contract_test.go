package realengine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/aion-go/aion/internal/realengine"
	aion "github.com/aion-go/aion/runtime"
)

// clerk serves activities of the queue "desk" by contracts that a test writes,
// and answers each with the same result.
type clerk struct {
	contracts []aion.ActivityContract
	result    string
}

func (clerk) TaskQueue() string { return "desk" }

func (c clerk) Activities() []aion.ActivityContract { return c.contracts }

func (c clerk) Dispatch(context.Context, *aion.Task) aion.Outcome {
	return aion.Completed([]byte(c.result))
}

// books is a clerk whose activity book has an input and an output schema.
func books(input, output string) clerk {
	return clerk{
		contracts: []aion.ActivityContract{
			{Type: "book", InputSchema: []byte(input), OutputSchema: []byte(output)},
		},
		result: `{"id":1,"state":"Open"}`,
	}
}

// What a worker has that fits the workflow below exactly.
const (
	bookInput = `{"type":"object","properties":{"name":{"type":"string"},"people":{"type":"integer"},` +
		`"note":{"type":"string"},"room":{"type":"string","enum":["Garden","Hall"]}},` +
		`"required":["name","people","room"]}`
	bookOutput = `{"type":"object","properties":{"id":{"type":"integer"},` +
		`"state":{"type":"string","enum":["Open","Closed"]},"hint":{"type":"string"}},` +
		`"required":["id","state"]}`
)

// booking is the text of a workflow that runs the action book, with parameters
// in addition to its own.
func booking(parameters, arguments string) string {
	return fmt.Sprintf(`//! Books.
workflow booking
  input note: String?
  outcome done: type Booked, route success

type Room = Garden | Hall
type State = Open | Closed
type Booked { id: Int, state: State, hint: String? }

worker desk
  action book(name: String, people: Int, note: String?, room: Room%s) -> Booked

step run
  book(name: "Ada", people: 2, note: note, room: Hall%s) -> result
  route done(result)
`, parameters, arguments)
}

// replaced is a schema with one part replaced, which has to be in it.
func replaced(t *testing.T, schema, part, by string) string {
	t.Helper()
	if !strings.Contains(schema, part) {
		t.Fatalf("%s is not in %s", part, schema)
	}

	return strings.Replace(schema, part, by, 1)
}

func TestContractsThatFitAndThatDoNot(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	if _, err := engine.Deploy(t.Context(), booking("", "")); err != nil {
		t.Fatal(err)
	}
	input := func(part, by string) clerk { return books(replaced(t, bookInput, part, by), bookOutput) }
	output := func(part, by string) clerk { return books(bookInput, replaced(t, bookOutput, part, by)) }
	cancel := aion.ActivityContract{
		Type: "cancel", InputSchema: []byte(`{"type":"object"}`), OutputSchema: []byte(`{"type":"null"}`),
	}
	less := clerk{contracts: []aion.ActivityContract{cancel}}
	more := books(bookInput, bookOutput)
	more.contracts = append(more.contracts, cancel)
	for name, tt := range map[string]struct {
		worker  clerk
		refused string // The words that the refusal has; none when it is admitted.
	}{
		"the same":           {worker: books(bookInput, bookOutput)},
		"an activity more":   {worker: more},
		"an activity less":   {worker: less, refused: "book"},
		"an optional more":   {worker: input(`"note":`, `"seat":{"type":"string"},"note":`)},
		"a required more":    {worker: input(`"required":[`, `"required":["seat",`), refused: "seat"},
		"an optional less":   {worker: input(`"note":{"type":"string"},`, ``)},
		"a required less":    {worker: input(`"name","people"`, `"name"`)},
		"optional required":  {worker: input(`"room"]`, `"room","note"]`), refused: "note"},
		"another type":       {worker: input(`"integer"`, `"string"`), refused: "people"},
		"a wider type":       {worker: input(`"integer"`, `"number"`)},
		"another value more": {worker: input(`"Hall"`, `"Hall","Roof"`)},
		"a value less":       {worker: input(`,"Hall"`, ``), refused: "room Hall"},

		"a result more":          {worker: output(`"hint":`, `"total":{"type":"integer"},"hint":`)},
		"a result less":          {worker: output(`"hint":{"type":"string"}`, `"x":{"type":"null"}`)},
		"a result required more": {worker: output(`"state"]`, `"state","hint"]`)},
		"a result required less": {worker: output(`"id",`, ``), refused: "id"},
		"a result's type":        {worker: output(`"integer"`, `"number"`), refused: "id"},
		"a result's value more":  {worker: output(`"Closed"`, `"Closed","Lost"`), refused: "state Lost"},
		"a result's value less":  {worker: output(`,"Closed"`, ``)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startWorker(t, aion.Config{
				Endpoint: engine.Addr(), InitialBackoff: time.Millisecond, MaxAttempts: 2,
			}, tt.worker)
			if tt.refused == "" {
				w.waitForLog("worker registered", 1)
				if err := w.stop(); err != nil {
					t.Error(err)
				}
				return
			}
			<-w.stopped
			expectRefusal(t, w, strings.Fields(tt.refused))
		})
	}
}

// expectRefusal expects that Run has ended with the engine's refusal, and that
// the log has it word for word: where the contracts differ, and what to do.
func expectRefusal(t *testing.T, w *worker, names []string) {
	t.Helper()
	var refusal *aion.RegistrationError
	if !errors.As(w.err, &refusal) || refusal.Code != codes.FailedPrecondition {
		t.Fatalf("got %v, want that the contract does not fit", w.err)
	}
	for _, want := range append([]string{
		"WORKER_CONTRACT_MISMATCH: ", "workflow `booking`", "action `book`", "expected ", "advertised ",
		"REMEDY: ",
	}, names...) {
		if !strings.Contains(refusal.Message, want) {
			t.Errorf("got refusal %s, want %q in it", refusal.Message, want)
		}
	}
	logged := w.log.logged(t, "no session with the engine")
	if len(logged) == 0 {
		t.Fatal("the refusal is not in the log")
	}
	for _, record := range logged {
		if record["error"] != refusal.Error() || record["level"] != "ERROR" {
			t.Errorf("got record %v, want the refusal in full", record)
		}
	}
}

// A worker that came before its workflow waits for it, and serves at once when
// nothing contradicts it any more.
func TestAWorkerServesOnceTheDeploymentFits(t *testing.T) {
	t.Parallel()
	engine := realengine.Start(t)
	workflowType, err := engine.Deploy(t.Context(), booking("", ""))
	if err != nil {
		t.Fatal(err)
	}
	older, err := engine.Start(t.Context(), workflowType, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	newer := books(strings.Replace(bookInput, `"required":[`, `"required":["seat",`, 1), bookOutput)
	w := startWorker(t, aion.Config{
		Endpoint: engine.Addr(), InitialBackoff: 20 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
		MaxAttempts: 1000,
	}, newer)
	w.waitForLog("held because it currently routes new starts", 2)
	if _, err := engine.Deploy(t.Context(), booking(", seat: String", `, seat: "A1"`)); err != nil {
		t.Fatal(err)
	}
	// The older workflow still runs.
	w.waitForLog("held because", strings.Count(w.log.String(), "held because")+2)
	if got := w.log.String(); strings.Contains(got, "worker registered") {
		t.Errorf("the worker was admitted while a workflow runs that it does not fit")
	}
	if err := engine.Cancel(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	w.waitForLog("worker registered", 1)
	execution, err := engine.Start(t.Context(), workflowType, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Wait(t.Context(), execution)
	if err != nil || !sameJSON(string(result.Payload), newer.result) {
		t.Errorf("got %s, %v, want %s", result.Payload, err, newer.result)
	}
	if err := w.stop(); err != nil {
		t.Error(err)
	}
}
