package main

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"

	orderv1 "github.com/aion-go/aion/examples/order/gen/order/v1"
	aion "github.com/aion-go/aion/runtime"
)

// shipping implements the activities of the queue "shipping".
type shipping struct{}

// Ship fails in a way that the next attempt mends, and in one that none can.
func (shipping) Ship(ctx context.Context, in *orderv1.ShipRequest) (*orderv1.ShipResponse, error) {
	if in.GetAddress() == "Atlantis" {
		return nil, orderv1.NewShippingUndeliverableFailure(
			&orderv1.Undeliverable{Address: in.GetAddress()},
		)
	}
	info, _ := aion.InfoFrom(ctx)
	if info.Attempt == 1 {
		return nil, errors.New("the carrier's line is busy")
	}

	return &orderv1.ShipResponse{Tracking: tracking(in.GetOrder())}, nil
}

// tracking is the number of an order's parcel, the same in each attempt.
func tracking(order string) string {
	return fmt.Sprintf("P%08X", crc32.ChecksumIEEE([]byte(order)))
}
