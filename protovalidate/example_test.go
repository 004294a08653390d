package validate_test

import (
	"context"
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	validate "github.com/aion-go/aion/protovalidate"
	shopv1 "github.com/aion-go/aion/protovalidate/internal/gen/shop/v1"
	aion "github.com/aion-go/aion/runtime"
)

type shop struct{}

func (shop) Order(context.Context, *shopv1.OrderRequest) (*shopv1.OrderResponse, error) {
	return &shopv1.OrderResponse{Number: 1}, nil
}

func Example() {
	interceptor, err := validate.NewInterceptor(validate.WithFiles(shopv1.File_shop_v1_shop_proto))
	if err != nil {
		panic(err) // A rule that cannot be compiled.
	}
	dispatcher := shopv1.NewShopDispatcher(shop{}, aion.WithInterceptors(interceptor))

	outcome := dispatcher.Dispatch(context.Background(), &aion.Task{
		Info:  aion.Info{ActivityType: shopv1.ShopOrderActivity},
		Input: []byte(`{"customer":"Ada","items":[{"article":"tea","count":0}]}`),
	})
	fmt.Println(outcome.Failure.Kind)
	fmt.Println(outcome.Failure)
	// Output:
	// terminal
	// activity "order": input.items[0].count: must be greater than 0
}

// An interceptor around that of validations sees what they are about.
func ExampleError() {
	validating, err := validate.NewInterceptor()
	if err != nil {
		panic(err)
	}
	in := &shopv1.OrderRequest{Customer: "Ada"}
	_, err = validating(context.Background(), aion.Info{ActivityType: "order"}, in,
		func(_ context.Context, in proto.Message) (proto.Message, error) { return in, nil })
	if invalid, ok := errors.AsType[*validate.Error](err); ok {
		fmt.Println(invalid.Part)
	}
	if invalid, ok := errors.AsType[*protovalidate.ValidationError](err); ok {
		fmt.Println(invalid.Violations[0].Proto.GetRuleId())
	}
	// Output:
	// input
	// repeated.min_items
}
