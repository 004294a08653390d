package main

import "testing"

func TestFormatMoney(t *testing.T) {
	t.Parallel()
	for want, tt := range map[string]struct {
		minorUnits int64
		currency   string
	}{
		"12.30 EUR":                {1230, "EUR"},
		"0.05 EUR":                 {5, "EUR"},
		"0.00 EUR":                 {0, "EUR"},
		"1230 JPY":                 {1230, "JPY"},
		"1.230 KWD":                {1230, "KWD"},
		"92233720368547758.07 USD": {1<<63 - 1, "USD"},
	} {
		if got := formatMoney(tt.minorUnits, tt.currency); got != want {
			t.Errorf("%d %s: got %q, want %q", tt.minorUnits, tt.currency, got, want)
		}
	}
}
