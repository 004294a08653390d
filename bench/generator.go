package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// generator measures the plugin, a process for each service.
func (b bench) generator(ctx context.Context, c conditions) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // It is in the folder for such things.
	plugin := filepath.Join(folder, "protoc-gen-aion")
	build := exec.CommandContext(ctx, "go", "build", "-o", plugin, //nolint:gosec // Its own folder.
		"github.com/aion-go/aion/cmd/protoc-gen-aion")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the plugin: %w: %s", err, out)
	}
	for range b.rounds {
		small, err := generate(ctx, plugin, 250)
		if err != nil {
			return err
		}
		large, err := generate(ctx, plugin, 1000)
		if err != nil {
			return err
		}
		c.add(generatorTime, large.Seconds())
		c.add(generatorRatio, large.Seconds()/small.Seconds())
	}

	return nil
}

// generate is how long the plugin takes for a service of so many rpcs.
func generate(ctx context.Context, plugin string, rpcs int) (time.Duration, error) {
	request, err := proto.Marshal(serviceOf(rpcs))
	if err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, plugin)
	command.Stdin = bytes.NewReader(request)
	began := time.Now()
	out, err := command.Output()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("run the plugin: %w", err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(out, &response); err != nil {
		return 0, err
	}
	if len(response.GetFile()) == 0 {
		return 0, fmt.Errorf("the plugin wrote no file: %s", response.GetError())
	}

	return took, nil
}

// serviceOf asks for a service of so many rpcs, each with messages of its own.
func serviceOf(rpcs int) *pluginpb.CodeGeneratorRequest {
	service := &descriptorpb.ServiceDescriptorProto{Name: new("Large")}
	file := &descriptorpb.FileDescriptorProto{
		Name: new("large.proto"), Package: new("large.v1"), Syntax: new("proto3"),
		Options: &descriptorpb.FileOptions{GoPackage: new("example.com/large/v1;largev1")},
		Service: []*descriptorpb.ServiceDescriptorProto{service},
	}
	for i := range rpcs {
		name := fmt.Sprintf("Step%d", i)
		for _, kind := range []string{"Request", "Response"} {
			file.MessageType = append(file.MessageType, messageOf(name+kind))
		}
		service.Method = append(service.Method, &descriptorpb.MethodDescriptorProto{
			Name: new(name), InputType: new(".large.v1." + name + "Request"),
			OutputType: new(".large.v1." + name + "Response"),
		})
	}

	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{"large.proto"},
		ProtoFile:      []*descriptorpb.FileDescriptorProto{file},
	}
}

func messageOf(name string) *descriptorpb.DescriptorProto {
	return &descriptorpb.DescriptorProto{
		Name: new(name),
		Field: []*descriptorpb.FieldDescriptorProto{{
			Name: new("text"), Number: new(int32(1)),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
		}},
	}
}
