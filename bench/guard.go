package main

import (
	"errors"
	"fmt"
	"slices"
)

// guard returns an error that names the ratios which are far beyond the noise:
// even the best round is on the wrong side of half the aim.
func (m measured) guard() error {
	var errs []error
	for _, a := range m.aims() {
		if a.unit != "×" || len(a.figures) == 0 {
			continue
		}
		if bound, missed := a.missedByHalf(); missed {
			errs = append(errs, fmt.Errorf("%s: got %s×, want %v× in one round at least",
				a.what, a.figures, bound))
		}
	}

	return errors.Join(errs...)
}

// missedByHalf reports whether no round reached half of the aim, and what that is.
func (a aim) missedByHalf() (bound float64, missed bool) {
	if a.least {
		return a.bound / 2, slices.Max(a.figures) < a.bound/2
	}

	return a.bound * 2, slices.Min(a.figures) > a.bound*2
}
