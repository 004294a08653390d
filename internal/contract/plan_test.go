package contract_test

import (
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

func TestEmptyAsRoot(t *testing.T) {
	t.Parallel()
	empty := &emptypb.Empty{}
	tests := []struct {
		name         string
		plan         *contract.Plan
		text, schema string
	}{
		{"input", inputPlan(t, empty, contract.Options{}), `{}`, `{"type":"object"}`},
		{"output", outputPlan(t, empty, contract.Options{}), `null`, `{"type":"null"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := string(test.plan.Schema()); got != test.schema {
				t.Errorf("Schema = %s, want %s", got, test.schema)
			}
			got, err := test.plan.Append(nil, empty)
			if err != nil || string(got) != test.text {
				t.Errorf("Append = %s, %v, want %s", got, err, test.text)
			}
			for _, text := range []string{`null`, `{}`, ` { "a": 1 } `} {
				if err := test.plan.Decode([]byte(text), new(emptypb.Empty)); err != nil {
					t.Errorf("Decode(%s) = %v", text, err)
				}
			}
			for _, text := range []string{``, `[]`, `0`, `nul`, `null {}`, `{"a":1,"a":1}`} {
				if err := test.plan.Decode([]byte(text), new(emptypb.Empty)); err == nil {
					t.Errorf("Decode(%s) = nil, want an error", text)
				}
			}
		})
	}
}

func TestNilMessages(t *testing.T) {
	t.Parallel()
	typed := (*testproto.Item)(nil)
	plan := outputPlan(t, typed, contract.Options{})
	for name, m := range map[string]proto.Message{"untyped": nil, "typed": typed} {
		if _, err := plan.Append(nil, m); err == nil {
			t.Errorf("Append of an %s nil = nil, want an error", name)
		}
		if err := plan.Decode([]byte(itemText), m); err == nil {
			t.Errorf("Decode into an %s nil = nil, want an error", name)
		}
	}
	payload := outputPlan(t, &testproto.Users{}, contract.Options{PayloadField: "users"})
	if _, err := payload.Append(nil, (*testproto.Users)(nil)); err == nil {
		t.Error("Append of a payload field of nil = nil, want an error")
	}
	null := outputPlan(t, &emptypb.Empty{}, contract.Options{})
	if got, err := null.Append(nil, nil); err != nil || string(got) != "null" {
		t.Errorf("Append of a nil Empty = %s, %v, want null", got, err)
	}
}

func TestPlanRefusesOtherMessages(t *testing.T) {
	t.Parallel()
	md := descriptorOf(&testproto.Item{})
	plan := inputPlan(t, &testproto.Item{}, contract.Options{})
	for name, m := range map[string]proto.Message{
		"message of another type":          &testproto.Holder{},
		"message of the same type by name": dynamicpb.NewMessage(rebuild(t, md)),
		"well-known message":               &emptypb.Empty{},
	} {
		if _, err := plan.Append(nil, m); err == nil {
			t.Errorf("Append of a %s = nil, want an error", name)
		}
		if err := plan.Decode([]byte(itemText), m); err == nil {
			t.Errorf("Decode into a %s = nil, want an error", name)
		}
	}
	// The generated descriptor makes no difference between its Go type and a dynamic message.
	dynamic := dynamicpb.NewMessage(md)
	if err := plan.Decode([]byte(itemText), dynamic); err != nil {
		t.Errorf("Decode into a dynamic message = %v", err)
	}
	if got, err := plan.Append(nil, dynamic); err != nil || string(got) != itemText {
		t.Errorf("Append of a dynamic message = %s, %v, want %s", got, err, itemText)
	}
}

func TestPlansAreCompiledOnce(t *testing.T) {
	t.Parallel()
	m := &testproto.Item{}
	plan := inputPlan(t, m, contract.Options{})
	if again := inputPlan(t, m, contract.Options{}); again != plan {
		t.Error("Input made a second plan for the same message")
	}
	if other := outputPlan(t, m, contract.Options{}); other == plan {
		t.Error("Output returned the plan of the input")
	}
	if other := inputPlan(t, m, contract.Options{EnumCase: contract.SnakeCase}); other == plan {
		t.Error("Input returned the plan of another enum case")
	}
}

func TestPlansServeConcurrently(t *testing.T) {
	t.Parallel()
	md := rebuild(t, descriptorOf(&testproto.Everything{}))
	item := rebuild(t, descriptorOf(&testproto.Item{}))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := contract.Output(md, contract.Options{}); err != nil {
				t.Errorf("Output = %v", err)
			}
			plan, err := contract.Input(item, contract.Options{})
			if err != nil {
				t.Errorf("Input = %v", err)

				return
			}
			m := dynamicpb.NewMessage(item)
			if err := plan.Decode([]byte(itemText), m); err != nil {
				t.Errorf("Decode = %v", err)
			}
			if got, err := plan.Append(nil, m); err != nil || string(got) != itemText {
				t.Errorf("Append = %s, %v, want %s", got, err, itemText)
			}
		})
	}
	group.Wait()
}
