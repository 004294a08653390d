package main

import (
	"context"
	"fmt"
	"sync"

	orderv1 "github.com/aion-go/aion/examples/order/gen/order/v1"
	aion "github.com/aion-go/aion/runtime"
)

// stock implements the activities of the queue "stock". It keeps its books in
// memory, so it has to be one process; examples/payments shows a database. It is
// safe for concurrent use.
type stock struct {
	mu           sync.Mutex
	left         map[string]int64        // By article.
	reservations map[string]*reservation // By order.
}

// reservation is what is set aside for an order.
type reservation struct {
	article  string
	quantity int64
	released bool // For good: the order will not be.
}

// tea is the one article that there is.
const tea = "tea"

func newStock() *stock {
	return &stock{left: map[string]int64{tea: 10}, reservations: map[string]*reservation{}}
}

// Reserve goes by the order: whoever delivers it again finds what is reserved.
func (s *stock) Reserve(
	_ context.Context, in *orderv1.ReserveRequest,
) (*orderv1.ReserveResponse, error) {
	if in.GetQuantity() < 1 {
		return nil, aion.Terminal(fmt.Errorf("quantity is %d: want 1 or more", in.GetQuantity()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.reservations[in.GetOrder()]; ok {
		return s.again(found, in)
	}
	left := s.left[in.GetArticle()]
	if left < in.GetQuantity() {
		return nil, orderv1.NewStockSoldOutFailure(
			&orderv1.SoldOut{Article: in.GetArticle(), Left: left},
		)
	}
	s.left[in.GetArticle()] = left - in.GetQuantity()
	s.reservations[in.GetOrder()] = &reservation{article: in.GetArticle(), quantity: in.GetQuantity()}

	return &orderv1.ReserveResponse{Left: s.left[in.GetArticle()]}, nil
}

// again answers for an order that is known.
func (s *stock) again(
	found *reservation, in *orderv1.ReserveRequest,
) (*orderv1.ReserveResponse, error) {
	switch {
	case found.released: // This attempt has timed out, and comes after what made up for it.
		return nil, aion.Terminal(fmt.Errorf("order %q has been released", in.GetOrder()))
	case found.article != in.GetArticle() || found.quantity != in.GetQuantity():
		return nil, aion.Terminal(fmt.Errorf("order %q has %d of %q reserved, and is now to have %d of %q: "+
			"use another order", in.GetOrder(), found.quantity, found.article,
			in.GetQuantity(), in.GetArticle()))
	default:
		return &orderv1.ReserveResponse{Left: s.left[found.article]}, nil
	}
}

// Release is told of orders that were never reserved, too, and remembers them.
func (s *stock) Release(
	_ context.Context, in *orderv1.ReleaseRequest,
) (*orderv1.ReleaseResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.reservations[in.GetOrder()]
	if !ok {
		found = &reservation{}
		s.reservations[in.GetOrder()] = found
	}
	if !found.released {
		s.left[found.article] += found.quantity
		found.released = true
	}

	return &orderv1.ReleaseResponse{Released: found.quantity}, nil
}
