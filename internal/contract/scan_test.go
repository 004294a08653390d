package contract

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// scan reads one whole text.
func scan(text string) *Error {
	s := scanner{data: []byte(text)}
	if err := s.skip(); err != nil {
		return err
	}

	return s.end()
}

func TestScannerRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{``, `want a JSON value, got the end of the text at offset 0`},
		{`nul`, `want null, got something else at offset 0`},
		{`nulL`, `want null, got something else at offset 0`},
		{`truefalse`, `want the end of the text, got 'f' at offset 4`},
		{`True`, `want a JSON value, got 'T' at offset 0`},
		{`'a'`, `want a JSON value, got '\'' at offset 0`},
		{`NaN`, `want a JSON value, got 'N' at offset 0`},
		{`+1`, `want a JSON value, got '+' at offset 0`},
		{`.5`, `want a JSON value, got '.' at offset 0`},
		{`01`, `leading zero in a number at offset 1`},
		{`-01`, `leading zero in a number at offset 2`},
		{`-`, `want a digit, got the end of the text at offset 1`},
		{`--1`, `want a digit, got '-' at offset 1`},
		{`1.`, `want a digit, got the end of the text at offset 2`},
		{`1.e3`, `want a digit, got 'e' at offset 2`},
		{`1e`, `want a digit, got the end of the text at offset 2`},
		{`1e+`, `want a digit, got the end of the text at offset 3`},
		{`0x1`, `want the end of the text, got 'x' at offset 1`},
		{`1_000`, `want the end of the text, got '_' at offset 1`},
		{`1 2`, `want the end of the text, got '2' at offset 2`},
		{"\xff", `want a JSON value, got the byte 0xff at offset 0`},
		{"\u00a01", `want a JSON value, got '\u00a0' at offset 0`},
		{"\v1", `want a JSON value, got '\v' at offset 0`},
		{`// x`, `want a JSON value, got '/' at offset 0`},
		{`"`, `unterminated string at offset 1`},
		{`"a\"`, `unterminated string at offset 4`},
		{`"\`, `unterminated string at offset 1`},
		{`"\x"`, `invalid escape in a string at offset 1`},
		{`"\u12"`, `invalid escape in a string at offset 1`},
		{`"\u12g4"`, `invalid escape in a string at offset 1`},
		{`"\U0041"`, `invalid escape in a string at offset 1`},
		{`"\ud800"`, `lone surrogate in a string at offset 1`},
		{`"\udc00"`, `lone surrogate in a string at offset 1`},
		{`"\udc00\ud800"`, `lone surrogate in a string at offset 1`},
		{`"\ud800\u0041"`, `lone surrogate in a string at offset 1`},
		{`"\ud800x"`, `lone surrogate in a string at offset 1`},
		{`"\ud800\ud800\udc00"`, `lone surrogate in a string at offset 1`},
		{"\"a\x00b\"", `control character '\x00' in a string at offset 2`},
		{"\"a\nb\"", `control character '\n' in a string at offset 2`},
		{"\"\xff\"", `invalid UTF-8 in a string at offset 1`},
		{"\"\xc0\x80\"", `invalid UTF-8 in a string at offset 1`},
		{"\"\xed\xa0\x80\"", `invalid UTF-8 in a string at offset 1`},
		{"\"\xf4\x90\x80\x80\"", `invalid UTF-8 in a string at offset 1`},
		{"\"\xe2\x82\"", `invalid UTF-8 in a string at offset 1`},
		{`[`, `want a JSON value, got the end of the text at offset 1`},
		{`[1`, `want ',' or ']', got the end of the text at offset 2`},
		{`[1,]`, `want a JSON value, got ']' at offset 3`},
		{`[,1]`, `want a JSON value, got ',' at offset 1`},
		{`[1 2]`, `want ',' or ']', got '2' at offset 3`},
		{`[1}`, `want ',' or ']', got '}' at offset 2`},
		{`]`, `want a JSON value, got ']' at offset 0`},
		{`{`, `want a property name, got the end of the text at offset 1`},
		{`{1:2}`, `want a property name, got '1' at offset 1`},
		{`{a:2}`, `want a property name, got 'a' at offset 1`},
		{`{"a"}`, `want ':', got '}' at offset 4`},
		{`{"a":}`, `want a JSON value, got '}' at offset 5`},
		{`{"a":1,}`, `want a property name, got '}' at offset 7`},
		{`{,}`, `want a property name, got ',' at offset 1`},
		{`{"a":1 "b":2}`, `want ',' or '}', got '"' at offset 7`},
		{`{"a":1]`, `want ',' or '}', got ']' at offset 6`},
		{`{"a":1,"a":2}`, `the property is given twice`},
		{`{"a":1,"\u0061":2}`, `the property is given twice`},
		{`{"":1,"":2}`, `the property is given twice`},
		{strings.Repeat(`[`, 101), `nesting deeper than 100 at offset 100`},
		{strings.Repeat(`{"a":`, 101), `nesting deeper than 100 at offset 500`},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			err := scan(test.text)
			if err == nil || err.Reason != test.want {
				t.Errorf("scan(%q) = %v, want %s", test.text, err, test.want)
			}
		})
	}
}

func TestScannerAccepts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`0`, `-0`, `0.0`, `-0.0e-0`, `10`, `1E5`, `1e+05`, `123.456e-7`, `true`, `false`, `null`,
		`""`, `"\"\\\/\b\f\n\r\t\u0041\u0000"`, `"\ud83d\ude00"`, "\"\x7f\u2028\U0010ffff\"",
		`[]`, `[ ]`, `[1,[2,[]]]`, `{}`, `{ }`, ` { "a" : [ { } ] , "b" : 1 } `, "\t\r\n1\n",
		`[{"a":1},{"a":1}]`, `{"a":{"a":1}}`,
		strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100),
		`[` + strings.Repeat(`[],`, 1000) + `{}]`,
	} {
		if err := scan(text); err != nil {
			t.Errorf("scan(%q) = %v, want no error", text, err)
		}
	}
}

func TestScannerUnescapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`"plain"`, `"\"\\\/\b\f\n\r\t"`, `"a\u00e9b\u20acc\ud83d\ude00d"`, `"\u0000"`, `"\uABCD"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s := scanner{data: []byte(text)}
		if got, err := s.string(); err != nil || string(got) != want {
			t.Errorf("string of %s = %q, %v, want %q", text, got, err, want)
		}
	}
}

// FuzzScanner compares the scanner with the standard library's. What only the latter accepts must
// be one of the things that the scanner is stricter about.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{
		``, `null`, `-0.5e+7`, `"\ud83d\ude00é"`, `{"a":[1,true,{"b":""}],"c":null}`, `[1,]`,
		`{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", `01`, "\ufeff{}", "{}\x00", `[[[[`,
		strings.Repeat(`[`, 101) + strings.Repeat(`]`, 101),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := scan(string(data))
		valid := json.Valid(data)
		if err == nil && !valid {
			t.Fatalf("scan(%q) = nil, but it is no JSON", data)
		}
		if err == nil || !valid {
			return
		}
		for _, reason := range []string{"given twice", "lone surrogate", "nesting deeper"} {
			if strings.Contains(err.Reason, reason) {
				return
			}
		}
		if !utf8.Valid(data) && strings.Contains(err.Reason, "invalid UTF-8") {
			return
		}
		t.Fatalf("scan(%q) = %v, but it is JSON", data, err)
	})
}
