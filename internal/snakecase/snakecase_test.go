package snakecase_test

import (
	"testing"

	"github.com/aion-go/aion/internal/snakecase"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"", ""},
		{"_", "_"},
		{"A", "A"},
		{"a", "a"},
		{"AB", "AB"},
		{"Ab", "Ab"},
		{"aB", "a_B"},
		{"get_user", "get_user"},
		{"Get_User", "Get_User"},
		{"GET_USER", "GET_USER"},
		{"_Hidden", "_Hidden"},
		{"PaymentGateway", "Payment_Gateway"},
		{"HTTPServer", "HTTP_Server"},
		{"HTTP2Server", "HTTP2_Server"},
		{"ServeHTTP", "Serve_HTTP"},
		{"ChargeV2", "Charge_V2"},
		{"V2Charge", "V2_Charge"},
		{"Get2FA", "Get2FA"},
	}
	for _, tt := range tests {
		if got := snakecase.Split(tt.name); got != tt.want {
			t.Errorf("Split(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}
