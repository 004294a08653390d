package contract

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The texts of google.protobuf.Timestamp and google.protobuf.Duration.

const (
	// The first second of the year 1 and the last one of the year 9999.
	minTimestamp = -62135596800
	maxTimestamp = 253402300799
	// About 10,000 years.
	maxDuration = 315576000000
	maxNanos    = int64(time.Second) - 1
)

func (e *encoder) timestamp(seconds, nanos int64) *Error {
	if seconds < minTimestamp || seconds > maxTimestamp || nanos < 0 || nanos > maxNanos {
		return mismatch("timestamp from the year 1 to 9999",
			fmt.Sprintf("%d seconds and %d nanoseconds", seconds, nanos))
	}
	date := time.Unix(seconds, 0).UTC()
	year, month, day := date.Date()
	hour, minute, second := date.Clock()
	start := len(e.out)
	e.out = strconv.AppendInt(e.out, int64(10000+year), 10) // So that it has leading zeros.
	e.out[start] = '"'
	e.twoDigits('-', int(month))
	e.twoDigits('-', day)
	e.twoDigits('T', hour)
	e.twoDigits(':', minute)
	e.twoDigits(':', second)
	e.fraction(nanos)
	e.text(`Z"`)

	return nil
}

// twoDigits writes a number below 100 and what is before it.
func (e *encoder) twoDigits(before byte, n int) {
	e.out = append(e.out, before, byte('0'+n/10), byte('0'+n%10)) //nolint:gosec // They are digits.
}

func (e *encoder) duration(seconds, nanos int64) *Error {
	if seconds < -maxDuration || seconds > maxDuration || nanos < -maxNanos || nanos > maxNanos ||
		seconds < 0 && nanos > 0 || seconds > 0 && nanos < 0 {
		return mismatch("duration within 10000 years, its parts of one sign",
			fmt.Sprintf("%d seconds and %d nanoseconds", seconds, nanos))
	}
	e.out = append(e.out, '"')
	if seconds < 0 || nanos < 0 {
		e.out = append(e.out, '-')
	}
	e.out = strconv.AppendInt(e.out, max(seconds, -seconds), 10)
	e.fraction(max(nanos, -nanos))
	e.text(`s"`)

	return nil
}

// fraction writes nanoseconds in 0, 3, 6 or 9 digits.
func (e *encoder) fraction(nanos int64) {
	if nanos == 0 {
		return
	}
	start := len(e.out)
	e.out = strconv.AppendInt(e.out, maxNanos+1+nanos, 10) // So that it has leading zeros.
	e.out[start] = '.'
	for bytes.HasSuffix(e.out, []byte("000")) {
		e.out = e.out[:len(e.out)-3]
	}
}

// time reads the text of a timestamp or a duration.
func (d *decoder) time(known knownType) (seconds, nanos int64, err *Error) {
	text, err := d.knownText(known)
	if err != nil {
		return 0, 0, err
	}
	parse := parseTimestamp
	if known == durationMessage {
		parse = parseDuration
	}
	seconds, nanos, ok := parse(text)
	if !ok {
		err = mismatch(known.want(), quote(string(text)))
	}

	return seconds, nanos, err
}

// parseTimestamp reads RFC 3339, with up to nine digits of a fraction.
func parseTimestamp(text []byte) (seconds, nanos int64, ok bool) {
	const model = "0000-00-00T00:00:00"
	if len(text) < len(model) || !hasShape(text[:len(model)], model) {
		return 0, 0, false
	}
	year, month, day := digits(text[:4]), time.Month(digits(text[5:7])), digits(text[8:10])
	hour, minute, second := digits(text[11:13]), digits(text[14:16]), digits(text[17:19])
	nanos, zone, isFraction := cutFraction(text[len(model):])
	offset, isZone := parseZone(zone)
	date := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	// A month without such a day, and a day without such an hour, make it another day.
	if !isFraction || !isZone || minute > 59 || second > 59 ||
		date.Month() != month || date.Day() != day {
		return 0, 0, false
	}
	seconds = date.Unix() - offset

	return seconds, nanos, seconds >= minTimestamp && seconds <= maxTimestamp
}

// cutFraction reads a point and up to nine digits as nanoseconds, or nothing where no point is.
func cutFraction(text []byte) (nanos int64, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '.' {
		return 0, text, true
	}
	rest = text[1:]
	unit := int64(time.Second)
	for len(rest) > 0 && isDigit(rest[0]) {
		unit /= 10
		nanos += unit * int64(rest[0]-'0')
		rest = rest[1:]
	}
	count := len(text) - len(rest) - 1

	return nanos, rest, count > 0 && count <= 9
}

// parseZone reads the offset from UTC in seconds. As [time.Parse] does, it takes one of 24 hours or
// of 60 minutes, which some people write.
func parseZone(text []byte) (offset int64, ok bool) {
	if string(text) == "Z" {
		return 0, true
	}
	isEast := hasShape(text, "+00:00")
	if !isEast && !hasShape(text, "-00:00") {
		return 0, false
	}
	hours, minutes := digits(text[1:3]), digits(text[4:])
	offset = int64(hours*60+minutes) * 60
	if !isEast {
		offset = -offset
	}

	return offset, hours <= 24 && minutes <= 60
}

// digits is the number that a text of a few digits stands for.
func digits(text []byte) int {
	n := 0
	for _, c := range text {
		n = 10*n + int(c-'0')
	}

	return n
}

// hasShape reports whether text is like a model in which 0 stands for any digit.
func hasShape(text []byte, model string) bool {
	if len(text) != len(model) {
		return false
	}
	for i := range len(model) {
		if model[i] != text[i] && (model[i] != '0' || !isDigit(text[i])) {
			return false
		}
	}

	return true
}

// parseDuration reads seconds with up to nine digits of a fraction, and an s at the end.
func parseDuration(text []byte) (seconds, nanos int64, ok bool) {
	size := len(text) - len(bytes.TrimLeft(text, "-0123456789"))
	whole := text[:size]
	nanos, unit, isFraction := cutFraction(text[size:])
	if !isIntegerText(whole) || !isFraction || string(unit) != "s" {
		return 0, 0, false
	}
	seconds, err := strconv.ParseInt(string(whole), 10, 64)
	if whole[0] == '-' {
		nanos = -nanos
	}

	return seconds, nanos, err == nil && seconds >= -maxDuration && seconds <= maxDuration
}

// binaryTime reads a timestamp or a duration.
func (d *decoder) binaryTime(p *messagePlan) *Error {
	seconds, nanos, err := d.time(p.known)
	d.binary.tag(p.fields[0].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(seconds)) //nolint:gosec // Two's complement.
	d.binary.tag(p.fields[1].desc.Number(), protowire.VarintType)
	d.binary.varint(uint64(nanos)) //nolint:gosec // Two's complement.

	return err
}
