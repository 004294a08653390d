package awl

import (
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/aion-go/aion/cmd/protoc-gen-aion/internal/outline"
)

// message declares a message with the messages in it.
func message(name string, nested ...*descriptorpb.DescriptorProto) *descriptorpb.DescriptorProto {
	return &descriptorpb.DescriptorProto{Name: new(name), NestedType: nested}
}

// declaredIn declares the messages of a package, those in them included.
func declaredIn(
	t *testing.T, protoPackage string, messages ...*descriptorpb.DescriptorProto,
) []*declared {
	t.Helper()
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name:        new(protoPackage + ".proto"),
		Package:     new(protoPackage),
		Syntax:      new("proto3"),
		MessageType: messages,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []*declared
	var add func(protoreflect.MessageDescriptors)
	add = func(descs protoreflect.MessageDescriptors) {
		for i := range descs.Len() {
			md := descs.Get(i)
			all = append(all, &declared{Type: &outline.Type{
				Name: md.FullName(), Desc: md, Schema: &outline.Schema{Type: outline.Object},
			}})
			add(md.Messages())
		}
	}
	add(file.Messages())

	return all
}

func TestNamesOfTypes(t *testing.T) {
	t.Parallel()
	used := declaredIn(t, "a.v1",
		message("Order", message("Item"), message("String")),
		message("Item"),
		message("Refund", message("Item")),
		message("Both"), message("under_score"), message("_1st"), message("Int"),
		message("Foo", message("Bar")), message("FooBar"), message("Foo_Bar"),
	)
	used = append(used, declaredIn(t, "b.v1", message("Both"), message("Alone"))...)
	give(used)
	want := map[protoreflect.FullName]string{
		"a.v1.Order":        "Order",
		"a.v1.Order.Item":   "OrderItem",
		"a.v1.Order.String": "OrderString",
		"a.v1.Item":         "Item",
		"a.v1.Refund":       "Refund",
		"a.v1.Refund.Item":  "RefundItem",
		"a.v1.Both":         "AV1Both",
		"a.v1.under_score":  "UnderScore",
		"a.v1._1st":         "T1st",
		"a.v1.Int":          "AV1Int",
		"a.v1.Foo":          "Foo",
		"a.v1.Foo.Bar":      "Bar",
		"a.v1.FooBar":       "AV1FooBar",
		"a.v1.Foo_Bar":      "AV1FooBar2",
		"b.v1.Both":         "BV1Both",
		"b.v1.Alone":        "Alone",
	}
	for _, d := range used {
		if d.name != want[d.Name] {
			t.Errorf("%s: got %s, want %s", d.Name, d.name, want[d.Name])
		}
	}
}

// A value of an enum is a name as a type is, so the later enum is declared by its schema.
func TestNamesOfVariants(t *testing.T) {
	t.Parallel()
	used := declaredIn(t, "a", message("Red"), message("A"), message("B"), message("C"),
		message("D"), message("E"))
	variants := [][]string{nil, {"Blue"}, {"Green", "Blue"}, {"Red"}, {"1st"}, {"True"}}
	for i, d := range used {
		d.Schema.Enum = variants[i]
	}
	n := give(used)
	for i, want := range []bool{false, false, true, true, true, true} {
		if used[i].door != want {
			t.Errorf("%s = %v: door: got %t, want %t", used[i].name, variants[i], used[i].door, want)
		}
	}
	if got := n.door(`{"type":"object"}`, "Blue"); got != "Blue2" {
		t.Errorf("a map of a value's name: got %s, want Blue2", got)
	}
	if got := n.door(`{"type":"object"}`, "Other"); got != "Blue2" {
		t.Errorf("the same map again: got %s, want Blue2", got)
	}
}

func TestUnused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		others []string
		want   string
	}{
		{"result", nil, "result"},
		{"result", []string{"result"}, "result_2"},
		{"result", []string{"result", "result_2"}, "result_3"},
	}
	for _, tt := range tests {
		if got := unused(tt.name, tt.others); got != tt.want {
			t.Errorf("unused(%q, %q): got %q, want %q", tt.name, tt.others, got, tt.want)
		}
	}
}
