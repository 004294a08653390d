package contract

import (
	"math"
	"strconv"
)

// integer is a whole number of up to 64 bits with its sign apart.
type integer struct {
	negative  bool
	magnitude uint64
}

// signed returns the number if it fits a signed integer of that many bits.
func (n integer) signed(bits int) (int64, bool) {
	limit := uint64(1) << (bits - 1)
	if n.negative {
		return int64(-n.magnitude), n.magnitude <= limit //nolint:gosec // Two's complement.
	}

	return int64(n.magnitude), n.magnitude < limit //nolint:gosec // Checked by the second result.
}

// unsigned returns the number if it fits an unsigned integer of that many bits.
func (n integer) unsigned(bits int) (uint64, bool) {
	if n.negative && n.magnitude != 0 {
		return 0, false
	}

	return n.magnitude, bits == 64 || n.magnitude < 1<<bits
}

// integerFault is why the text of a number is no integer.
type integerFault int

const (
	noFault integerFault = iota
	hasFraction
	isTooLarge
)

// maxDigits is the number of decimal digits of the largest 64-bit integer.
const maxDigits = 20

// parseInteger reads the text of a JSON number exactly, whatever form the number has: 1e3 and 5.0
// are integers, and no digit of 9007199254740993 is lost.
func parseInteger(text []byte) (integer, integerFault) {
	var n integer
	if text[0] == '-' {
		n.negative = true
		text = text[1:]
	}
	digits, exponent := decimal(text)
	if len(digits) == 0 {
		return n, noFault
	}
	if exponent < 0 {
		return n, hasFraction
	}
	if len(digits)+exponent > maxDigits {
		return n, isTooLarge
	}
	for i := range len(digits) + exponent {
		digit := uint64(0)
		if i < len(digits) {
			digit = uint64(digits[i] - '0')
		}
		if n.magnitude > (math.MaxUint64-digit)/10 {
			return n, isTooLarge
		}
		n.magnitude = n.magnitude*10 + digit
	}

	return n, noFault
}

// decimal returns the significant digits of an unsigned number's text and the power of ten that
// they are multiplied with. Zero has no digits.
func decimal(text []byte) (digits []byte, exponent int) {
	point := -1
	digits = text
	for i, c := range text {
		if c == '.' {
			point = i
		}
		if c|0x20 == 'e' {
			digits = text[:i]
			exponent = parseExponent(text[i+1:])

			break
		}
	}
	if point >= 0 {
		fraction := digits[point+1:]
		exponent -= len(fraction)
		// The text is the caller's and stays as it is.
		digits = append(append(make([]byte, 0, len(digits)), digits[:point]...), fraction...)
	}
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exponent++
	}

	return digits, exponent
}

// parseExponent reads what follows the e of a number. It saturates where no number can be an
// integer of 64 bits any more, far above the length of any text.
func parseExponent(text []byte) int {
	const limit = math.MaxInt32
	exponent, err := strconv.Atoi(string(text))
	if err != nil || exponent > limit || exponent < -limit {
		if text[0] == '-' {
			return -limit
		}

		return limit
	}

	return exponent
}

// isIntegerText reports whether text is an integer in plain digits, as it stands in strings and
// map keys: an optional minus, and no leading zeros.
func isIntegerText(text []byte) bool {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	if len(text) == 0 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}

	return true
}

// appendFloat writes the shortest text that reads back as the same number of that many bits. The
// number is finite.
func appendFloat(dst []byte, f float64, bits int) []byte {
	magnitude := math.Abs(f)
	if magnitude == 0 || magnitude >= 1e-6 && magnitude < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	// The exponent has two digits at least: e-07 is longer than e-7.
	if n := len(dst); dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}

	return dst
}
