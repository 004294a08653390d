package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	orderv1 "github.com/aion-go/aion/examples/order/gen/order/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// reserve reserves tea.
func (s *stock) reserve(t *testing.T, order string, quantity int64) (int64, error) {
	t.Helper()
	out, err := s.Reserve(aiontest.Context(t, aion.Info{}), &orderv1.ReserveRequest{
		Order: order, Article: "tea", Quantity: quantity,
	})

	return out.GetLeft(), err
}

// release releases an order, and returns how much it has given back.
func (s *stock) release(t *testing.T, order string) int64 {
	t.Helper()
	out, err := s.Release(aiontest.Context(t, aion.Info{}), &orderv1.ReleaseRequest{Order: order})
	if err != nil {
		t.Fatal(err)
	}

	return out.GetReleased()
}

func TestReservationsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before         func(t *testing.T, s *stock)
		order, article string
		quantity       int64
		want           string
	}{
		"nothing":  {order: "1", article: "tea", quantity: 0, want: "quantity is 0: want 1 or more"},
		"negative": {order: "1", article: "tea", quantity: -1, want: "quantity is -1"},
		"too much": {order: "1", article: "tea", quantity: 11, want: `SoldOut: {"article":"tea","left":10}`},
		"unknown":  {order: "1", article: "gold", quantity: 1, want: `SoldOut: {"article":"gold","left":0}`},
		"other quantity": {
			before: func(t *testing.T, s *stock) { t.Helper(); _, _ = s.reserve(t, "1", 2) },
			order:  "1", article: "tea", quantity: 3, want: `has 2 of "tea" reserved`,
		},
		"other article": {
			before: func(t *testing.T, s *stock) { t.Helper(); _, _ = s.reserve(t, "1", 2) },
			order:  "1", article: "cake", quantity: 2, want: `has 2 of "tea" reserved`,
		},
		"too late": { // An attempt that has timed out comes after its compensation.
			before: func(t *testing.T, s *stock) { t.Helper(); s.release(t, "1") },
			order:  "1", article: "tea", quantity: 2, want: `order "1" has been released`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStock()
			if tt.before != nil {
				tt.before(t, s)
			}
			_, err := s.Reserve(aiontest.Context(t, aion.Info{}), &orderv1.ReserveRequest{
				Order: tt.order, Article: tt.article, Quantity: tt.quantity,
			})
			if aion.KindOf(err) != aion.KindTerminal || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("got %v, want a terminal failure with %q", err, tt.want)
			}
		})
	}
}

func TestDeliveriesThatComeAgainChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStock()
	for range 2 {
		if left, err := s.reserve(t, "1", 4); err != nil || left != 6 {
			t.Errorf("reserve: got %d left, %v, want 6", left, err)
		}
	}
	for range 2 {
		if released := s.release(t, "1"); released != 4 {
			t.Errorf("release: got %d back, want 4", released)
		}
	}
	if released := s.release(t, "unheard of"); released != 0 {
		t.Errorf("release of nothing: got %d back, want 0", released)
	}
	if left, err := s.reserve(t, "2", 10); err != nil || left != 0 {
		t.Errorf("got %d left, %v, want that all 10 can be reserved again", left, err)
	}
}

func TestNothingIsReservedTwice(t *testing.T) {
	t.Parallel()
	stub := orderv1.NewStockStub(aiontest.Run(t, orderv1.NewStockDispatcher(newStock())))
	var reserved atomic.Int64
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			_, err := stub.Reserve(t.Context(), &orderv1.ReserveRequest{
				Order: strconv.Itoa(i), Article: "tea", Quantity: 3,
			})
			if err == nil {
				reserved.Add(3)
			} else if _, ok := orderv1.StockSoldOutFrom(err); !ok {
				t.Errorf("got %v, want a reservation or that it is sold out", err)
			}
		})
	}
	running.Wait()
	if reserved.Load() != 9 {
		t.Errorf("got %d of 10 reserved by threes, want 9", reserved.Load())
	}
}
