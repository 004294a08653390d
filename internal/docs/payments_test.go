package docs_test

import (
	"context"
	"errors"
	"log"
	"testing"

	paymentsv1 "github.com/aion-go/aion/internal/docs/gen/payments/v1"
	aion "github.com/aion-go/aion/runtime"
	"github.com/aion-go/aion/runtime/aiontest"
)

// gateway is whoever moves the money.
type gateway interface {
	// Capture charges a card once for each key, and returns the payment's number.
	Capture(ctx context.Context, key, card string, amount int64) (string, error)
}

var errDeclined = errors.New("declined")

type payments struct{ gateway gateway }

func (p *payments) Charge(
	ctx context.Context, in *paymentsv1.ChargeRequest,
) (*paymentsv1.ChargeResponse, error) {
	info, _ := aion.InfoFrom(ctx) // Its key is the same for every attempt and delivery.
	payment, err := p.gateway.Capture(ctx, info.IdempotencyKey, in.GetCard(), in.GetAmount())
	if errors.Is(err, errDeclined) {
		return nil, paymentsv1.NewPaymentsCardDeclinedFailure(&paymentsv1.CardDeclined{Code: "expired"})
	}
	if err != nil {
		return nil, err // Retried, as the workflow says.
	}

	return &paymentsv1.ChargeResponse{Payment: payment}, nil
}

func (p *payments) ListUsers(
	context.Context, *paymentsv1.ListUsersRequest,
) (*paymentsv1.ListUsersResponse, error) {
	return &paymentsv1.ListUsersResponse{Users: []*paymentsv1.User{{Name: "Ada"}}}, nil
}

// safe is a gateway that declines the card "old".
type safe map[string]int64

func (s safe) Capture(_ context.Context, key, card string, amount int64) (string, error) {
	if card == "old" {
		return "", errDeclined
	}
	s[key] = amount

	return "payment of " + key, nil
}

func TestThePaymentsOfThePages(t *testing.T) {
	t.Parallel()
	engine := aiontest.Run(t, paymentsv1.NewPaymentsDispatcher(&payments{safe{}}))
	stub, ctx := paymentsv1.NewPaymentsStub(engine), t.Context()
	out, err := stub.Charge(ctx, &paymentsv1.ChargeRequest{Card: "new", Amount: 700})
	if err != nil || out.GetPayment() == "" {
		t.Errorf("got %v, %v, want a payment", out, err)
	}
	in := &paymentsv1.ChargeRequest{Card: "old", Amount: 700}
	got := ""
	_, err = stub.Charge(ctx, in)
	if declined, ok := paymentsv1.PaymentsCardDeclinedFrom(err); ok {
		got = declined.GetCode()
	}
	if got != "expired" {
		t.Errorf("got %v, want that the card has expired", err)
	}
	users, err := stub.ListUsers(ctx, &paymentsv1.ListUsersRequest{})
	if err != nil || len(users.GetUsers()) != 1 {
		t.Errorf("got %v, %v, want one user", users, err)
	}
}

// logDeclined is what docs/options.md does with a failure.
func logDeclined(ctx context.Context, stub paymentsv1.PaymentsActivities, in *paymentsv1.ChargeRequest) {
	_, err := stub.Charge(ctx, in)
	if declined, ok := paymentsv1.PaymentsCardDeclinedFrom(err); ok {
		log.Print(declined.GetCode())
	}
}

var _ = logDeclined
