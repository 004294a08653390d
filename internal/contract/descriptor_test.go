package contract_test

import (
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aion-go/aion/internal/contract"
	"github.com/aion-go/aion/internal/contract/internal/testproto"
)

func descriptorOf(m proto.Message) protoreflect.MessageDescriptor {
	return m.ProtoReflect().Descriptor()
}

func newOf(m proto.Message) proto.Message {
	return m.ProtoReflect().New().Interface()
}

func inputPlan(tb testing.TB, m proto.Message, opts contract.Options) *contract.Plan {
	tb.Helper()
	plan, err := contract.Input(descriptorOf(m), opts)
	if err != nil {
		tb.Fatalf("Input(%s) = %v, want a plan", descriptorOf(m).FullName(), err)
	}

	return plan
}

func outputPlan(tb testing.TB, m proto.Message, opts contract.Options) *contract.Plan {
	tb.Helper()
	plan, err := contract.Output(descriptorOf(m), opts)
	if err != nil {
		tb.Fatalf("Output(%s) = %v, want a plan", descriptorOf(m).FullName(), err)
	}

	return plan
}

// rebuild returns the descriptor of a generated message as a program without the generated code
// has it: another one with the same content.
func rebuild(tb testing.TB, md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	tb.Helper()
	files := new(protoregistry.Files)
	for _, fd := range []protoreflect.FileDescriptor{
		testproto.File_internal_testproto_open_proto,
		testproto.File_internal_testproto_legacy_proto,
		testproto.File_internal_testproto_opaque_proto,
		testproto.File_internal_testproto_edition2024_proto,
		testproto.File_internal_testproto_annotated_proto,
	} {
		file, err := protodesc.NewFile(protodesc.ToFileDescriptorProto(fd), overlay{files})
		if err != nil {
			tb.Fatalf("NewFile(%s) = %v", fd.Path(), err)
		}
		if err := files.RegisterFile(file); err != nil {
			tb.Fatalf("RegisterFile(%s) = %v", fd.Path(), err)
		}
	}
	found, err := files.FindDescriptorByName(md.FullName())
	if err != nil {
		tb.Fatalf("FindDescriptorByName(%s) = %v", md.FullName(), err)
	}

	return found.(protoreflect.MessageDescriptor)
}

// overlay finds descriptors in its own files first and then among the linked ones.
type overlay struct{ own *protoregistry.Files }

func (o overlay) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if fd, err := o.own.FindFileByPath(path); err == nil {
		return fd, nil
	}

	return protoregistry.GlobalFiles.FindFileByPath(path)
}

func (o overlay) FindDescriptorByName(
	name protoreflect.FullName,
) (protoreflect.Descriptor, error) {
	if d, err := o.own.FindDescriptorByName(name); err == nil {
		return d, nil
	}

	return protoregistry.GlobalFiles.FindDescriptorByName(name)
}

// failer is what [testing.T] and rapid's T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// dynamicCopy returns a message with the same content and a descriptor made at run time.
func dynamicCopy(t failer, md protoreflect.MessageDescriptor, m proto.Message) proto.Message {
	t.Helper()
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatalf("Marshal = %v", err)
	}
	out := dynamicpb.NewMessage(md)
	if err := proto.Unmarshal(wire, out); err != nil {
		t.Fatalf("Unmarshal = %v", err)
	}

	return out
}

// parseFile makes a file from the text of a FileDescriptorProto.
func parseFile(tb testing.TB, text string) protoreflect.FileDescriptor {
	tb.Helper()
	var file descriptorpb.FileDescriptorProto
	if err := prototext.Unmarshal([]byte(text), &file); err != nil {
		tb.Fatalf("the test's file is no descriptor: %v", err)
	}
	fd, err := protodesc.FileOptions{AllowUnresolvable: true}.New(
		&file, protoregistry.GlobalFiles)
	if err != nil {
		tb.Fatalf("the test's file is invalid: %v", err)
	}

	return fd
}
