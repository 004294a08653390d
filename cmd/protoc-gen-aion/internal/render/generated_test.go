package render_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	editionsv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/editions/want/editions/v1"
	emptyv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/empty/want/empty/v1"
	importsv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/imports/want/imports/v1"
	keywordsv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/keywords/want/keywords/v1"
	plainv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/plain/want/plain/v1"
	suffixv1 "github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/suffix/want/suffix/v1"
	"github.com/aion-go/aion/cmd/protoc-gen-aion/testdata/suffix/want/suffix/v1/suffixv1aion"
	aion "github.com/aion-go/aion/runtime"
)

// These tests run the code that testdata of the plugin has, compiled.

var errSoldOut = errors.New("sold out")

type orders struct{}

func (orders) Place(
	_ context.Context, in *plainv1.PlaceRequest,
) (*plainv1.PlaceResponse, error) {
	out := &plainv1.PlaceResponse{Order: in.GetCustomer() + "/" + in.GetPayment().GetCard()}
	for _, item := range in.GetItems() {
		out.Items += item.GetCount()
	}

	return out, nil
}

func (orders) CancelAll(
	context.Context, *plainv1.CancelAllRequest,
) (*plainv1.CancelAllResponse, error) {
	return nil, errSoldOut
}

func task(activityType, input string) *aion.Task {
	return &aion.Task{Info: aion.Info{ActivityType: activityType}, Input: []byte(input)}
}

func TestDispatcher(t *testing.T) {
	t.Parallel()
	const place = `{"customer":"ada","items":[{"name":"tea","count":2},{"name":"cake","count":3}],` +
		`"payment":{"card":"visa"}}`
	tests := []struct {
		name, activityType, input string
		// The result, or the kind of the failure.
		result string
		kind   aion.FailureKind
	}{
		{
			name: "unknown type", activityType: "refund", input: `{}`, kind: aion.KindTerminal,
		},
		{
			name: "input that does not fit", activityType: "place", input: `{"customer":"ada"}`,
			kind: aion.KindTerminal,
		},
		{
			name: "error", activityType: "cancel_all", input: `{"customer":"ada"}`,
			kind: aion.KindRetryable,
		},
		{
			name: "result", activityType: "place", input: place,
			result: `{"order":"ada/visa","items":5}`,
		},
	}
	dispatcher := plainv1.NewOrdersDispatcher(orders{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := dispatcher.Dispatch(t.Context(), task(tt.activityType, tt.input))
			if string(got.Result) != tt.result {
				t.Errorf("result: got %s, want %s", got.Result, tt.result)
			}
			if failed := tt.result == ""; failed != (got.Failure != nil) {
				t.Fatalf("failure: got %v, want one: %t", got.Failure, failed)
			}
			if got.Failure != nil && got.Failure.Kind != tt.kind {
				t.Errorf("kind: got %v, want %v", got.Failure.Kind, tt.kind)
			}
		})
	}
}

func activityTypes(dispatcher aion.Dispatcher) []string {
	activities := dispatcher.Activities()
	types := make([]string, 0, len(activities))
	for _, activity := range activities {
		types = append(types, activity.Type)
	}

	return types
}

func TestDispatchersServe(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		dispatcher aion.Dispatcher
		queue      string
		types      []string
	}{
		{"service", plainv1.NewOrdersDispatcher(orders{}), "orders", []string{"place", "cancel_all"}},
		{
			"single activity", plainv1.NewOrdersPlaceDispatcher(orders{}.Place),
			plainv1.OrdersTaskQueue,
			[]string{plainv1.OrdersPlaceActivity},
		},
		{"service without rpcs", emptyv1.NewLaterDispatcher(struct{}{}), "later", nil},
		{"names of the language", keywordsv1.NewXDispatcher(x{}), "_", []string{"_"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.dispatcher.TaskQueue(); got != tt.queue {
				t.Errorf("task queue: got %q, want %q", got, tt.queue)
			}
			if got := activityTypes(tt.dispatcher); !slices.Equal(got, tt.types) {
				t.Errorf("activity types: got %q, want %q", got, tt.types)
			}
			checked, ok := tt.dispatcher.(interface{ Validate() error })
			if !ok {
				t.Fatal("got a dispatcher that cannot be validated, want one that can")
			}
			if err := checked.Validate(); err != nil {
				t.Errorf("Validate: got %v, want no error", err)
			}
		})
	}
}

type x struct{}

func (x) X(context.Context, *keywordsv1.Message) (*keywordsv1.Error, error) {
	return &keywordsv1.Error{}, nil
}

func TestInterceptorsReachBothDispatchers(t *testing.T) {
	t.Parallel()
	const input = `{"customer":"ada","items":[],"payment":{}}`
	calls := 0
	count := aion.WithInterceptors(func(
		ctx context.Context, _ aion.Info, in proto.Message, next aion.Next,
	) (proto.Message, error) {
		calls++

		return next(ctx, in)
	})
	for _, dispatcher := range []aion.Dispatcher{
		plainv1.NewOrdersDispatcher(orders{}, count),
		plainv1.NewOrdersPlaceDispatcher(orders{}.Place, count),
	} {
		if got := dispatcher.Dispatch(t.Context(), task("place", input)); got.Failure != nil {
			t.Errorf("got failure %v, want none", got.Failure)
		}
	}
	if calls != 2 {
		t.Errorf("calls of the interceptor: got %d, want 2", calls)
	}
}

// loopback executes activities on a dispatcher, without an engine between.
type loopback struct {
	dispatcher aion.Dispatcher
}

func (l loopback) Execute(
	ctx context.Context, activity aion.ActivitySpec, input []byte,
) ([]byte, error) {
	if activity.TaskQueue != l.dispatcher.TaskQueue() {
		return nil, fmt.Errorf("task queue %q has no workers", activity.TaskQueue)
	}
	outcome := l.dispatcher.Dispatch(ctx, task(activity.Type, string(input)))
	if outcome.Failure != nil {
		return nil, outcome.Failure
	}

	return outcome.Result, nil
}

func TestStubFails(t *testing.T) {
	t.Parallel()
	stub := plainv1.NewOrdersStub(loopback{plainv1.NewOrdersDispatcher(orders{})})
	_, err := stub.CancelAll(t.Context(), &plainv1.CancelAllRequest{Customer: "ada"})
	var failure *aion.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a failure", err)
	}
	if got, want := failure.Error(), errSoldOut.Error(); got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
}

// echo gives every activity of the service Imports a result from its input.
type echo struct{ importsv1.ImportsActivities }

func (echo) Ping(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (echo) Text(
	_ context.Context, in *wrapperspb.StringValue,
) (*wrapperspb.StringValue, error) {
	return in, nil
}

func (echo) Time(
	_ context.Context, in *timestamppb.Timestamp,
) (*timestamppb.Timestamp, error) {
	return in, nil
}

func (echo) Free(_ context.Context, in *structpb.Struct) (*structpb.Value, error) {
	return structpb.NewStructValue(in), nil
}

func TestWellKnownTypes(t *testing.T) {
	t.Parallel()
	tests := []struct{ activityType, input, want string }{
		{importsv1.ImportsPingActivity, `{}`, `null`},
		{importsv1.ImportsTextActivity, `"tea"`, `"tea"`},
		{importsv1.ImportsTimeActivity, `"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05Z"`},
		{importsv1.ImportsFreeActivity, `{"any":["thing"]}`, `{"any":["thing"]}`},
	}
	dispatcher := importsv1.NewImportsDispatcher(echo{})
	for _, tt := range tests {
		t.Run(tt.activityType, func(t *testing.T) {
			t.Parallel()
			got := dispatcher.Dispatch(t.Context(), task(tt.activityType, tt.input))
			if got.Failure != nil || string(got.Result) != tt.want {
				t.Errorf("got result %s and failure %v, want result %s", got.Result, got.Failure, tt.want)
			}
		})
	}
}

// Stubs and dispatchers only pass on pointers, so every API of messages will do.
func TestStubOfEveryMessageAPI(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	t.Run("opaque", func(t *testing.T) {
		t.Parallel()
		count := func(
			_ context.Context, in *editionsv1.CountRequest,
		) (*editionsv1.CountResponse, error) {
			out := &editionsv1.CountResponse{}
			out.SetCount(int64(len(in.GetText())))

			return out, nil
		}
		in := &editionsv1.CountRequest{}
		in.SetText("tea")
		stub := editionsv1.NewOpaqueStub(loopback{editionsv1.NewOpaqueCountDispatcher(count)})
		out, err := stub.Count(ctx, in)
		if err != nil || out.GetCount() != 3 {
			t.Errorf("got %v and error %v, want a count of 3", out, err)
		}
	})
	t.Run("hybrid", func(t *testing.T) {
		t.Parallel()
		run := func(
			_ context.Context, in *editionsv1.HybridRequest,
		) (*editionsv1.HybridResponse, error) {
			quickly := &editionsv1.HybridResponse_Quickly{Quickly: in.GetText() == "tea"}

			return &editionsv1.HybridResponse{Way: quickly}, nil
		}
		stub := editionsv1.NewHybridStub(loopback{editionsv1.NewHybridRunDispatcher(run)})
		out, err := stub.Run(ctx, &editionsv1.HybridRequest{Text: new("tea")})
		if err != nil || !out.GetQuickly() {
			t.Errorf("got %v and error %v, want quickly", out, err)
		}
	})
	t.Run("proto2", func(t *testing.T) {
		t.Parallel()
		run := func(
			_ context.Context, in *editionsv1.OldestRequest,
		) (*editionsv1.OldestResponse, error) {
			if in.GetText() != "tea" || in.GetUnit() != "m" {
				return nil, fmt.Errorf("got %v, want tea and the default unit", in)
			}

			return &editionsv1.OldestResponse{}, nil
		}
		stub := editionsv1.NewOldestStub(loopback{editionsv1.NewOldestRunDispatcher(run)})
		if _, err := stub.Run(ctx, &editionsv1.OldestRequest{Text: new("tea")}); err != nil {
			t.Errorf("got error %v, want none", err)
		}
	})
	t.Run("another package", func(t *testing.T) {
		t.Parallel()
		run := func(context.Context, *suffixv1.RunRequest) (*suffixv1.RunResponse, error) {
			return &suffixv1.RunResponse{}, nil
		}
		stub := suffixv1aion.NewSuffixedStub(loopback{suffixv1aion.NewSuffixedRunDispatcher(run)})
		if _, err := stub.Run(ctx, &suffixv1.RunRequest{}); err != nil {
			t.Errorf("got error %v, want none", err)
		}
	})
}
