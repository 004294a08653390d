package validate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	validate "github.com/aion-go/aion/protovalidate"
	shopv1 "github.com/aion-go/aion/protovalidate/internal/gen/shop/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// orderFunc is an Order.
type orderFunc func(context.Context, *shopv1.OrderRequest) (*shopv1.OrderResponse, error)

// numbered is an Order that returns a number.
func numbered(number int64) orderFunc {
	return func(context.Context, *shopv1.OrderRequest) (*shopv1.OrderResponse, error) {
		return &shopv1.OrderResponse{Number: number}, nil
	}
}

func order(customer string, counts ...int64) *shopv1.OrderRequest {
	in := &shopv1.OrderRequest{Customer: customer}
	for _, n := range counts {
		in.Items = append(in.Items, &shopv1.Item{Article: "tea", Count: n})
	}

	return in
}

// run orders over the wire from a handler, and returns also the failure as it was in
// the worker.
func run(
	t *testing.T, handler orderFunc, in *shopv1.OrderRequest, opts ...validate.Option,
) (out *shopv1.OrderResponse, err, inWorker error) {
	t.Helper()
	interceptor, err := validate.NewInterceptor(opts...)
	if err != nil {
		t.Fatal(err)
	}
	engine := aiontest.Run(t, shopv1.NewShopOrderDispatcher(handler, aion.WithInterceptors(interceptor)))
	call := aiontest.Start(t, shopv1.NewShopStub(engine).Order, in)
	out, err = call.Wait()
	runs := call.HandlerRuns()
	if len(runs) != 1 {
		t.Errorf("got %d runs, want one: no other can pass", len(runs))
	}

	return out, err, runs[0].Err
}

func TestAViolationIsATerminalFailureThatNamesAllOfThem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     *shopv1.OrderRequest
		output int64
		part   validate.Part
		want   []string // In the text, in this order.
		count  int
	}{
		"one field": {
			in: order("A", 1), part: validate.Input, count: 1,
			want: []string{`activity "order": input.customer: must be at least 2 characters`},
		},
		"several": {
			in: order("", 1, 0, -1), part: validate.Input, count: 3,
			want: []string{"input.customer: ", "; input.items[1].count: ", "; input.items[2].count: "},
		},
		"an empty list": {
			in: order("Ada"), part: validate.Input, count: 1, want: []string{"input.items: "},
		},
		"the message": {
			in: order("Ada", 101), part: validate.Input, count: 1,
			want: []string{"input: an order has 100 of an article at most"},
		},
		"the output": {
			in: order("Ada", 1), output: -1, part: validate.Output, count: 1,
			want: []string{
				`activity "order": its implementation returned what its rules forbid: output.number: `,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				called := false
				_, err, inWorker := run(t, func(
					ctx context.Context, in *shopv1.OrderRequest,
				) (*shopv1.OrderResponse, error) {
					called = true

					return numbered(tt.output)(ctx, in)
				}, tt.in)
				if aion.KindOf(err) != aion.KindTerminal {
					t.Errorf("got %v, want a terminal failure", err)
				}
				wantInOrder(t, err.Error(), tt.want)
				found, ok := errors.AsType[*validate.Error](inWorker)
				if !ok || found.Part != tt.part || found.ActivityType != "order" {
					t.Errorf("got %+v, want an error of the %s", inWorker, tt.part)
				}
				violated, ok := errors.AsType[*protovalidate.ValidationError](inWorker)
				if !ok || len(violated.Violations) != tt.count {
					t.Errorf("got %+v, want %d violations", inWorker, tt.count)
				}
				if called != (tt.part == validate.Output) {
					t.Errorf("got the handler called: %t, want it only for what it may see", called)
				}
			})
		})
	}
}

func wantInOrder(t *testing.T, text string, parts []string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("got %q, want %q in this order", text, parts)
		}
		rest = after
	}
}

func TestWhatKeepsTheRulesPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, err, _ := run(t, numbered(7), order("Ada", 1))
		if err != nil || out.GetNumber() != 7 {
			t.Errorf("got %v, %v, want order 7", out, err)
		}
	})
}

func TestAnErrorOfTheHandlerStaysAsItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err, _ := run(t, func(context.Context, *shopv1.OrderRequest) (*shopv1.OrderResponse, error) {
			return &shopv1.OrderResponse{Number: -1}, aion.PolicyRefused(errors.New("closed"))
		}, order("Ada", 1))
		if aion.KindOf(err) != aion.KindPolicyRefused {
			t.Errorf("got %v, want the refusal of the handler", err)
		}
	})
}

func TestANilOutputIsTheWorkersBusiness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err, inWorker := run(t, func(
			context.Context, *shopv1.OrderRequest,
		) (*shopv1.OrderResponse, error) {
			return nil, nil //nolint:nilnil // What is tested.
		}, order("Ada", 1))
		if _, ok := errors.AsType[*validate.Error](inWorker); ok || err == nil {
			t.Errorf("got %v, want what the worker says about nil", err)
		}
	})
}

func TestOutputsAreNotValidatedWhenThatIsOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, err, _ := run(t, numbered(-1), order("Ada", 1), validate.WithoutOutputs())
		if err != nil || out.GetNumber() != -1 {
			t.Errorf("got %v, %v, want what the handler returned", out, err)
		}
		if _, err, _ = run(t, numbered(-1), order("", 1), validate.WithoutOutputs()); err == nil {
			t.Error("got no error for the input, want one")
		}
	})
}

func TestTheValidatorIsTheUsers(t *testing.T) {
	t.Parallel()
	first, err := protovalidate.New(protovalidate.WithFailFast())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		_, _, inWorker := run(t, numbered(7), order("", 0, 0), validate.WithValidator(first))
		violated, ok := errors.AsType[*protovalidate.ValidationError](inWorker)
		if !ok || len(violated.Violations) != 1 {
			t.Errorf("got %v, want the first violation alone", inWorker)
		}
	})
}

// intercept runs an interceptor by itself.
func intercept(t *testing.T, in, out proto.Message, opts ...validate.Option) error {
	t.Helper()
	interceptor, err := validate.NewInterceptor(opts...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = interceptor(t.Context(), aion.Info{ActivityType: "take_back"}, in,
		func(context.Context, proto.Message) (proto.Message, error) { return out, nil })

	return err
}

func TestRulesThatCannotBeCheckedFailTheActivity(t *testing.T) {
	t.Parallel()
	number := &shopv1.TakeBackResponse{Number: 1}
	for name, tt := range map[string]struct {
		in, out proto.Message
		part    validate.Part
		want    any
	}{
		"no expression": {
			in: &shopv1.TakeBackRequest{}, part: validate.Input, want: new(*protovalidate.CompilationError),
		},
		"an output's": {
			in: order("Ada", 1), out: number, part: validate.Output,
			want: new(*protovalidate.CompilationError),
		},
		"an expression that fails": {
			in: &shopv1.Goods{}, part: validate.Input, want: new(*protovalidate.RuntimeError),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := intercept(t, tt.in, tt.out)
			found, ok := errors.AsType[*validate.Error](err)
			if !ok || found.Part != tt.part || aion.KindOf(err) != aion.KindTerminal {
				t.Fatalf("got %v, want a terminal error of the %s", err, tt.part)
			}
			if !errors.As(err, tt.want) {
				t.Errorf("got %v, want a %T in it", err, tt.want)
			}
			wantInOrder(t, err.Error(), []string{
				`activity "take_back": the rules of its ` + string(tt.part) + " cannot be checked: ",
				": correct them",
			})
		})
	}
}

func TestFilesAreCompiledAtOnceAndAllMistakesTold(t *testing.T) {
	t.Parallel()
	_, err := validate.NewInterceptor(validate.WithFiles(
		shopv1.File_shop_v1_shop_proto, shopv1.File_shop_v1_broken_proto))
	if err == nil {
		t.Fatal("got no error, want one")
	}
	wantInOrder(t, err.Error(), []string{
		"validate: rules that cannot be compiled: ",
		"shop.v1.Parcel: ", "shop.v1.TakeBackRequest.reason: ", "shop.v1.TakeBackResponse.number: ",
	})
	for _, name := range []string{"shop.v1.Goods: ", "shop.v1.Order"} {
		if strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want nothing about %s", err, name)
		}
	}
	if _, ok := errors.AsType[*protovalidate.CompilationError](err); !ok {
		t.Errorf("got %v, want a compilation error in it", err)
	}
}

func TestFilesWithoutMistakesAreFine(t *testing.T) {
	t.Parallel()
	if _, err := validate.NewInterceptor(validate.WithFiles(shopv1.File_shop_v1_shop_proto)); err != nil {
		t.Errorf("got %v, want none", err)
	}
}
