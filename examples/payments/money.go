package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	paymentsv1 "github.com/aion-go/aion/examples/payments/gen/examples/payments/v1"
)

// minorDigits is how many digits the minor unit of a currency has, by ISO 4217,
// for the currencies that the shop takes.
var minorDigits = map[string]int{"CHF": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3, "USD": 2}

// checkMoney says what is wrong with an amount, nil for nothing.
func checkMoney(m *paymentsv1.Money) error {
	if _, ok := minorDigits[m.GetCurrency()]; !ok {
		return fmt.Errorf("amount.currency is %q: want one of %s", m.GetCurrency(),
			strings.Join(slices.Sorted(maps.Keys(minorDigits)), ", "))
	}
	if m.GetMinorUnits() <= 0 {
		return fmt.Errorf("amount.minor_units is %d: want 1 or more", m.GetMinorUnits())
	}

	return nil
}

// formatMoney is an amount for people: "12.30 EUR", "1230 JPY". It does not
// divide by 100, which is wrong for some currencies, and never uses floats.
func formatMoney(minorUnits int64, currency string) string {
	digits := minorDigits[currency]
	text := fmt.Sprintf("%0*d", digits+1, minorUnits)
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}

	return text + " " + currency
}
