package contract

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	timestampShape = regexp.MustCompile(
		`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`)
	durationShape = regexp.MustCompile(`^(-?)(0|[1-9]\d*)(\.\d{1,9})?s$`)
)

// checkTimestamp compares with what [time.Parse] makes of a text that has the shape.
func checkTimestamp(t *testing.T, text string) {
	t.Helper()
	want, err := time.Parse(time.RFC3339Nano, text)
	isTimestamp := timestampShape.MatchString(text) && err == nil &&
		want.Unix() >= minTimestamp && want.Unix() <= maxTimestamp
	seconds, nanos, ok := parseTimestamp([]byte(text))
	if ok != isTimestamp {
		t.Fatalf("parseTimestamp(%q) = %v, want %v (time.Parse = %v, %v)", text, ok, isTimestamp, want, err)
	}
	if ok && (seconds != want.Unix() || nanos != int64(want.Nanosecond())) {
		t.Fatalf("parseTimestamp(%q) = %d and %d, want %d and %d",
			text, seconds, nanos, want.Unix(), want.Nanosecond())
	}
}

func TestTimestampsAreThoseOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, year := range []int{0, 1, 2, 1900, 2000, 2023, 2024, 9998, 9999} {
		for month := range 15 {
			for day := range 34 {
				checkTimestamp(t, fmt.Sprintf("%04d-%02d-%02dT23:59:59Z", year, month, day))
			}
		}
	}
	dates := []string{"0000-12-31T23:59:59", "2024-02-29T12:00:00", "9999-12-31T23:59:59"}
	for n := range 100 {
		checkTimestamp(t, fmt.Sprintf("2024-02-15T%02d:00:00Z", n))
		checkTimestamp(t, fmt.Sprintf("2024-02-29T00:%02d:00.5Z", n))
		checkTimestamp(t, fmt.Sprintf("2024-02-29T00:00:%02d+01:00", n))
		for _, sign := range []string{"+", "-"} {
			for _, date := range dates {
				checkTimestamp(t, fmt.Sprintf("%s%s%02d:00", date, sign, n))
				checkTimestamp(t, fmt.Sprintf("%s%s00:%02d", date, sign, n))
				checkTimestamp(t, fmt.Sprintf("%s%s24:%02d", date, sign, n))
			}
		}
	}
	for n := range 12 {
		checkTimestamp(t, "2024-02-29T00:00:00."+"123456789012"[:n]+"Z")
		checkTimestamp(t, "2024-02-29T00:00:00."+"000000000000"[:n]+"1Z")
	}
}

func FuzzTimestamp(f *testing.F) {
	for _, text := range []string{
		"", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.123456789+07:30", "2006-01-02T15:04:05.Z",
		"2006-01-02T15:04:05,5Z", "2006-01-02T15:04:60Z", "0000-12-31T23:59:59-00:01",
		"2006-01-02T15:04:05-24:60", "2006-01-02T15:04:05+25:00", "2006-01-02t15:04:05z",
		"2006-02-29T15:04:05Z", "2006-01-02T15:04:05", "2006-01-02T15:04:05.1234567890Z",
	} {
		f.Add(text)
	}
	f.Fuzz(checkTimestamp)
}

func TestTimestampsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	t.Parallel()
	check := func(seconds, nanos int64) {
		var e encoder
		if err := e.timestamp(seconds, nanos); err != nil {
			t.Fatalf("timestamp(%d, %d) = %v", seconds, nanos, err)
		}
		want := time.Unix(seconds, nanos).UTC().Format("2006-01-02T15:04:05.000000000")
		for strings.HasSuffix(want, "000") {
			want = strings.TrimSuffix(want, "000")
		}
		want = `"` + strings.TrimSuffix(want, ".") + `Z"`
		if got := string(e.out); got != want {
			t.Fatalf("timestamp(%d, %d) = %s, want %s", seconds, nanos, got, want)
		}
	}
	const step = 10_000_001
	for seconds := int64(minTimestamp); seconds <= maxTimestamp; seconds += step {
		check(seconds, 0)
	}
	for nanos := int64(1); nanos <= maxNanos; nanos *= 10 {
		check(minTimestamp, nanos)
		check(maxTimestamp, maxNanos-nanos)
	}
}

func FuzzDuration(f *testing.F) {
	for _, text := range []string{
		"", "s", "1s", "-1.5s", "-0.000000001s", "0.1234567890s", "01s", "1.s", "1.5.5s", "--1s", "1-s",
		"315576000000.999999999s", "315576000001s", "-315576000001s", "99999999999999999999s", "+1s",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seconds, nanos, ok := parseDuration([]byte(text))
		parts := durationShape.FindStringSubmatch(text)
		if parts == nil {
			if ok {
				t.Fatalf("parseDuration(%q) = %d, %d, want none", text, seconds, nanos)
			}

			return
		}
		whole, _ := new(big.Int).SetString(parts[2], 10)
		if isWithin := whole.Cmp(big.NewInt(maxDuration)) <= 0; ok != isWithin {
			t.Fatalf("parseDuration(%q) = %v, want %v", text, ok, isWithin)
		}
		// So many nanoseconds are a whole number.
		want, _ := new(big.Rat).SetString(parts[1] + parts[2] + parts[3])
		want.Mul(want, big.NewRat(int64(time.Second), 1))
		got := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(int64(time.Second)))
		got.Add(got, big.NewInt(nanos))
		if ok && (want.Num().Cmp(got) != 0 || seconds < 0 && nanos > 0 || seconds > 0 && nanos < 0) {
			t.Fatalf("parseDuration(%q) = %d, %d, want %v nanoseconds", text, seconds, nanos, want)
		}
	})
}
