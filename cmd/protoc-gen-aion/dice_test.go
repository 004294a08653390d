package main

// dice makes choices out of a fuzzer's input: a byte each, and the first choice once the input has
// run out, so that every input is a whole set of choices and shorter ones are simpler.
type dice struct{ input []byte }

// roll returns a number from 0 to sides-1.
func (d *dice) roll(sides int) int {
	if len(d.input) == 0 {
		return 0
	}
	rolled := int(d.input[0]) % sides
	d.input = d.input[1:]

	return rolled
}

// chance is true once in so many times.
func (d *dice) chance(sides int) bool { return d.roll(sides) == sides-1 }

// pick returns one of the choices.
func pick[T any](d *dice, choices []T) T { return choices[d.roll(len(choices))] }
