package main

import (
	"fmt"
	"slices"
	"strings"

	orderv1 "github.com/aion-go/aion/examples/order/gen/order/v1"
	aion "github.com/aion-go/aion/runtime"
)

// bothServices names all that there is.
const bothServices = orderv1.StockTaskQueue + "," + orderv1.ShippingTaskQueue

// services makes the dispatchers of the services that are named. A process may
// serve as many as it likes: they share its slots, and start and stop together.
//
// Split them, a process for each, when they are deployed by different people, when
// one must not take the slots or the memory of the other, or when they scale apart:
// every worker of a task queue has to serve the whole queue, so the service is
// what can be split, and the activity is not. No workflow notices.
func services(names string) ([]aion.Dispatcher, error) {
	all := map[string]func() aion.Dispatcher{
		orderv1.StockTaskQueue: func() aion.Dispatcher {
			return orderv1.NewStockDispatcher(newStock())
		},
		orderv1.ShippingTaskQueue: func() aion.Dispatcher {
			return orderv1.NewShippingDispatcher(shipping{})
		},
	}
	var dispatchers []aion.Dispatcher
	chosen := strings.Split(names, ",")
	for i, name := range chosen {
		newDispatcher, ok := all[name]
		if !ok || slices.Contains(chosen[:i], name) {
			return nil, fmt.Errorf("flag -services is %q: want one or both of %s", names, bothServices)
		}
		dispatchers = append(dispatchers, newDispatcher())
	}

	return dispatchers, nil
}
