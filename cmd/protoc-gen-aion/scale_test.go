package main_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// largeRequest asks for a service of that many rpcs, each with messages of its own and a comment,
// and for outputs beside Go.
func largeRequest(rpcs int, outputs string) *pluginpb.CodeGeneratorRequest {
	service := &descriptorpb.ServiceDescriptorProto{Name: new("Large")}
	file := &descriptorpb.FileDescriptorProto{
		Name: new("large.proto"), Package: new("large.v1"), Syntax: new("proto3"),
		Options:        &descriptorpb.FileOptions{GoPackage: new("example.com/large/v1;largev1")},
		Service:        []*descriptorpb.ServiceDescriptorProto{service},
		SourceCodeInfo: new(descriptorpb.SourceCodeInfo),
	}
	for i := range rpcs {
		name := fmt.Sprintf("Step%d", i)
		for _, kind := range []string{"Request", "Response"} {
			file.MessageType = append(file.MessageType, largeMessage(name+kind))
		}
		service.Method = append(service.Method, &descriptorpb.MethodDescriptorProto{
			Name: new(name), InputType: new(".large.v1." + name + "Request"),
			OutputType: new(".large.v1." + name + "Response"),
		})
		file.SourceCodeInfo.Location = append(file.SourceCodeInfo.Location,
			&descriptorpb.SourceCodeInfo_Location{
				Path: []int32{6, 0, 2, int32(i)}, Span: []int32{int32(i), 0, 1},
				LeadingComments: new(" " + name + " takes a step.\n"),
			})
	}

	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{"large.proto"}, Parameter: new(outputs),
		ProtoFile: []*descriptorpb.FileDescriptorProto{file},
	}
}

func largeMessage(name string) *descriptorpb.DescriptorProto {
	return &descriptorpb.DescriptorProto{
		Name: new(name),
		Field: []*descriptorpb.FieldDescriptorProto{{
			Name: new("text"), Number: new(int32(1)),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
		}},
	}
}

// respondIn is how long the plugin takes to respond to a request for that many rpcs.
func respondIn(t *testing.T, rpcs int, outputs string) time.Duration {
	t.Helper()
	request := largeRequest(rpcs, outputs)
	begin := time.Now()
	got := respond(t, request).response
	took := time.Since(begin)
	if got.GetError() != "" || len(got.GetFile()) == 0 {
		t.Fatalf("got error %q and %d files, want some", got.GetError(), len(got.GetFile()))
	}

	return took
}

// A service four times as large takes about four times as long; a square would make it sixteen.
// Each time is the shortest of some rounds, since what disturbs a machine makes them longer only.
func TestLargeServices(t *testing.T) { //nolint:paralleltest // It measures time.
	tests := []struct{ name, outputs string }{
		{"Go alone", ""},
		{"all outputs", "schemas=s,docs=d.md,awl=a.awl,awl_workflows=true"},
	}
	for _, tt := range tests { //nolint:paralleltest // One after the other.
		t.Run(tt.name, func(t *testing.T) { scales(t, tt.outputs) })
	}
}

// scales measures services of several sizes.
func scales(t *testing.T, outputs string) {
	t.Helper()
	const rounds = 5
	sizes := []int{250, 500, 1000}
	shortest := []time.Duration{time.Hour, time.Hour, time.Hour}
	for range rounds {
		for i, rpcs := range sizes {
			shortest[i] = min(shortest[i], respondIn(t, rpcs, outputs))
		}
	}
	t.Logf("%d rpcs: %s", sizes, shortest)
	small, middle, large := shortest[0], shortest[1], shortest[2]
	if large > 2*time.Second {
		t.Errorf("1000 rpcs: got %s, want 2s or less", large)
	}
	if ratio := float64(large) / float64(small); ratio > 12 {
		t.Errorf("1000 rpcs: got %.1f times as long as 250, want about 4 and less than 12", ratio)
	}
	if ratio := float64(middle) / float64(small); ratio > 6 {
		t.Errorf("500 rpcs: got %.1f times as long as 250, want about 2 and less than 6", ratio)
	}
}
