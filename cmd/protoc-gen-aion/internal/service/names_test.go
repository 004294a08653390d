package service

import "testing"

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"", ""},
		{"_", "_"},
		{"A", "a"},
		{"a", "a"},
		{"AB", "ab"},
		{"Ab", "ab"},
		{"aB", "a_b"},
		{"get_user", "get_user"},
		{"Get_User", "get_user"},
		{"GET_USER", "get_user"},
		{"_Hidden", "_hidden"},
		{"PaymentGateway", "payment_gateway"},
		{"HTTPServer", "http_server"},
		{"HTTP2Server", "http2_server"},
		{"ServeHTTP", "serve_http"},
		{"ChargeV2", "charge_v2"},
		{"V2Charge", "v2_charge"},
		{"Get2FA", "get2fa"},
	}
	for _, tt := range tests {
		if got := snakeCase(tt.name); got != tt.want {
			t.Errorf("snakeCase(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}
