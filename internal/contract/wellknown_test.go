package contract

import (
	"reflect"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// foreignTimestamp is one of another Go package.
type foreignTimestamp struct {
	Seconds int64 `protobuf:"varint,1,opt,name=seconds,proto3"`
	Nanos   int32 `protobuf:"varint,2,opt,name=nanos,proto3"`
}

func (*foreignTimestamp) ProtoReflect() protoreflect.Message {
	return new(timestamppb.Timestamp).ProtoReflect()
}

// The code relies on what the fields of those of the protobuf module are like.
func TestWellKnownMessagesOfOtherPackagesHaveNoLayout(t *testing.T) {
	t.Parallel()
	known := new(timestamppb.Timestamp)
	plan, err := Input(known.ProtoReflect().Descriptor(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l := plan.message.layoutOf(reflect.ValueOf(known)); l == nil {
		t.Error("got no layout of the well-known message, want one")
	}
	if l := plan.message.layoutOf(reflect.ValueOf(new(foreignTimestamp))); l != nil {
		t.Errorf("got the layout %v of another package's message, want none", l)
	}
}
