package docs_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	billingv1 "github.com/aion-go/aion/internal/docs/gen/billing/v1"
	paymentsv1 "github.com/aion-go/aion/internal/docs/gen/payments/v1"
	aion "github.com/aion-go/aion/runtime"
)

// run is what the README does with a worker.
func run(ctx context.Context, gateway gateway) error {
	worker, err := aion.NewWorker(aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 64},
		paymentsv1.NewPaymentsDispatcher(&payments{gateway}))
	if err != nil {
		return err
	}

	return worker.Run(ctx) // Until ctx ends; nil after a graceful stop.
}

func TestAWorkerWhoseContextHasEndedReturnsNil(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, safe{}); err != nil {
		t.Error(err)
	}
}

func TestTwoServicesOfOneQueue(t *testing.T) {
	t.Parallel()
	config := aion.Config{Endpoint: "127.0.0.1:50051", MaxConcurrency: 1}
	bookkeeper := bookkeeper{}
	worker, err := aion.NewWorker(config,
		billingv1.NewPayoutsDispatcher(bookkeeper), billingv1.NewRefundsDispatcher(bookkeeper))
	if worker == nil || err != nil {
		t.Errorf("got %v, want a worker for both", err)
	}
}

// bookkeeper does nothing.
type bookkeeper struct{}

func (bookkeeper) Pay(context.Context, *billingv1.PayRequest) (*billingv1.PayResponse, error) {
	return &billingv1.PayResponse{}, nil
}

func (bookkeeper) Refund(context.Context, *billingv1.RefundRequest) (*billingv1.RefundResponse, error) {
	return &billingv1.RefundResponse{}, nil
}

func limited(endpoint string) aion.Config {
	return aion.Config{
		Endpoint:       endpoint,
		MaxConcurrency: 64,
		Limits: []aion.Limit{{
			TaskQueue:      paymentsv1.PaymentsTaskQueue,
			ActivityType:   paymentsv1.PaymentsChargeActivity,
			MaxConcurrency: 4,  // At once, of the 64.
			PerSecond:      10, // As the gateway asks for.
		}},
	}
}

func TestALimitIsChangedWhileTheWorkerRuns(t *testing.T) {
	t.Parallel()
	worker, err := aion.NewWorker(limited("127.0.0.1:50051"),
		paymentsv1.NewPaymentsDispatcher(&payments{safe{}}))
	if err != nil {
		t.Fatal(err)
	}
	err = worker.SetLimit(aion.Limit{
		TaskQueue:    paymentsv1.PaymentsTaskQueue,
		ActivityType: paymentsv1.PaymentsChargeActivity,
		PerSecond:    2,
	})
	if err != nil {
		t.Error(err)
	}
}

// serveProbes answers probes until ctx ends.
func serveProbes(ctx context.Context, worker *aion.Worker) error {
	probes := &http.Server{
		Addr: ":8080", Handler: worker.HealthHandler(), ReadHeaderTimeout: time.Second,
	}
	context.AfterFunc(ctx, func() { _ = probes.Close() })
	if err := probes.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}

	return nil
}

var _ = serveProbes

func TestProbesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	worker, err := aion.NewWorker(limited("127.0.0.1:50051"),
		paymentsv1.NewPaymentsDispatcher(&payments{safe{}}))
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	worker.HealthHandler().ServeHTTP(answer, httptest.NewRequestWithContext(
		t.Context(), http.MethodGet, "/readyz", http.NoBody))
	if got := answer.Body.String(); answer.Code != 503 || !strings.Contains(got, "not been started") {
		t.Errorf("got %d, %q, want 503 and why", answer.Code, got)
	}
}

// cardNumber is what no log should have.
var cardNumber = regexp.MustCompile(`\b\d{13,19}\b`)

func discreet(config aion.Config) aion.Config {
	config.RedactLog = func(text string) string {
		return cardNumber.ReplaceAllString(text, "[card]")
	}

	return config
}

func TestNoCardNumberIsLogged(t *testing.T) {
	t.Parallel()
	config := discreet(aion.Config{Logger: slog.New(slog.DiscardHandler)})
	if got := config.RedactLog("card 4111111111111111 expired"); got != "card [card] expired" {
		t.Errorf("got %q, want no number", got)
	}
}

func TestANodeDecidesWhatAWorkerRuns(t *testing.T) {
	t.Parallel()
	preview := func(context.Context, *billingv1.PreviewRequest) (*billingv1.PreviewResponse, error) {
		return &billingv1.PreviewResponse{}, nil
	}
	for _, config := range []aion.Config{
		{Nodes: []string{"cpu"}}, // Preview alone.
		{Nodes: []string{"gpu"}}, // Preview and Render.
	} {
		config.Endpoint, config.MaxConcurrency = "127.0.0.1:50051", 1
		if _, err := aion.NewWorker(config, billingv1.NewRenderersPreviewDispatcher(preview)); err != nil {
			t.Error(err)
		}
	}
}
