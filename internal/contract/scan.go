package contract

import (
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may nest, in what is read and in what is written.
const maxDepth = 100

// The literals of JSON.
const (
	literalTrue  = "true"
	literalFalse = "false"
	literalNull  = "null"
)

// scanner reads JSON text by RFC 8259, and more strictly than the RFC demands: no duplicate keys,
// no lone surrogates, no invalid UTF-8, no nesting beyond maxDepth. It builds no tree; whoever
// drives it decides value by value. Its zero value with data set is ready.
type scanner struct {
	data  []byte
	pos   int
	depth int
	// text holds the latest string that had escapes; string returns it.
	text []byte
	// verbatim says that the latest string had none, and begins at start.
	verbatim bool
	start    int
}

// syntax is the error of text that is no JSON, at the current offset.
func (s *scanner) syntax(format string, args ...any) *Error {
	reason := fmt.Sprintf(format, args...)

	return &Error{Reason: fmt.Sprintf("%s at offset %d", reason, s.pos)}
}

// unexpected is the error of a byte that cannot stand where something else is due.
func (s *scanner) unexpected(want string) *Error {
	if s.pos >= len(s.data) {
		return s.syntax("want %s, got the end of the text", want)
	}
	r, size := utf8.DecodeRune(s.data[s.pos:])
	if r == utf8.RuneError && size == 1 {
		return s.syntax("want %s, got the byte 0x%02x", want, s.data[s.pos])
	}

	return s.syntax("want %s, got %q", want, r)
}

// mismatch is the error of a value that is JSON but not what the contract asks for. It reads the
// value if it is a scalar, so the scanner is of no use afterwards.
func (s *scanner) mismatch(want string) *Error {
	switch s.peek() {
	case '{':
		return mismatch(want, "an object")
	case '[':
		return mismatch(want, "an array")
	}
	start := s.pos
	if err := s.skip(); err != nil {
		return err
	}

	return mismatch(want, clip(string(s.data[start:s.pos])))
}

// peek skips white space and returns the next byte, 0 at the end of the text.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}

	return 0
}

// end reports an error unless only white space is left.
func (s *scanner) end() *Error {
	s.peek()
	if s.pos < len(s.data) {
		return s.unexpected("the end of the text")
	}

	return nil
}

// enter consumes the bracket that opens an object or an array; the caller has seen it.
func (s *scanner) enter() *Error {
	if s.depth == maxDepth {
		return s.syntax("nesting deeper than %d", maxDepth)
	}
	s.depth++
	s.pos++

	return nil
}

// more reports whether another member follows in the object or array that ends with closing. It
// consumes the comma before it, or the closing bracket.
func (s *scanner) more(first bool, closing byte) (bool, *Error) {
	switch c := s.peek(); {
	case c == closing:
		s.depth--
		s.pos++

		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.pos++

		return true, nil
	default:
		return false, s.unexpected("',' or '" + string(closing) + "'")
	}
}

// word consumes a text if it comes next.
func (s *scanner) word(text string) bool {
	end := s.pos + len(text)
	if end > len(s.data) || string(s.data[s.pos:end]) != text {
		return false
	}
	s.pos = end

	return true
}

// key reads the name of an object's member and the colon after it. The bytes are valid until the
// next string is read.
func (s *scanner) key() ([]byte, *Error) {
	if s.peek() != '"' {
		return nil, s.unexpected("a property name")
	}
	name, err := s.string()
	if err != nil {
		return nil, err
	}
	if s.peek() != ':' {
		return nil, s.unexpected("':'")
	}
	s.pos++

	return name, nil
}

// string reads a string, whose opening quote the caller has seen, and returns it unescaped. The
// bytes are valid until the next string is read.
func (s *scanner) string() ([]byte, *Error) {
	s.pos++
	s.start = s.pos
	if err := s.run(); err != nil {
		return nil, err
	}
	if s.verbatim = s.data[s.pos] == '"'; s.verbatim {
		s.pos++

		return s.data[s.start : s.pos-1], nil
	}

	return s.escaped(s.start)
}

// escaped goes on with a string from its first escape.
func (s *scanner) escaped(start int) ([]byte, *Error) {
	s.text = append(s.text[:0], s.data[start:s.pos]...)
	for s.data[s.pos] != '"' {
		if err := s.escape(); err != nil {
			return nil, err
		}
		start = s.pos
		if err := s.run(); err != nil {
			return nil, err
		}
		s.text = append(s.text, s.data[start:s.pos]...)
	}
	s.pos++

	return s.text, nil
}

// run advances over plain characters up to a quote or a backslash.
func (s *scanner) run() *Error {
	start, allASCII := s.pos, true
	for {
		n, ascii := plainPrefix(s.data[s.pos:])
		s.pos += n
		allASCII = allASCII && ascii
		// The next special byte, or the end, is within a word.
		for end := min(s.pos+wordBytes, len(s.data)); s.pos < end; s.pos++ {
			c := s.data[s.pos]
			if c < ' ' || c == '"' || c == '\\' {
				if !allASCII && !utf8.Valid(s.data[start:s.pos]) {
					return s.invalid(start)
				}
				if c < ' ' {
					return s.syntax("control character %q in a string", c)
				}

				return nil
			}
			allASCII = allASCII && c < utf8.RuneSelf
		}
		if s.pos == len(s.data) {
			if !utf8.Valid(s.data[start:]) {
				return s.invalid(start)
			}

			return s.syntax("unterminated string")
		}
	}
}

// invalid is the error of the first byte from start on that is not UTF-8.
func (s *scanner) invalid(start int) *Error {
	for s.pos = start; ; {
		r, size := utf8.DecodeRune(s.data[s.pos:])
		if r == utf8.RuneError && size == 1 {
			return s.syntax("invalid UTF-8 in a string")
		}
		s.pos += size
	}
}

// escape reads one escape and appends its character to text.
func (s *scanner) escape() *Error {
	if s.pos+1 >= len(s.data) {
		return s.syntax("unterminated string")
	}
	c := s.data[s.pos+1]
	switch c {
	case 'u':
		return s.unicodeEscape()
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	default:
		return s.syntax("invalid escape in a string")
	}
	s.text = append(s.text, c)
	s.pos += 2

	return nil
}

// unicodeEscape reads \uXXXX, or two of them that are a surrogate pair.
func (s *scanner) unicodeEscape() *Error {
	unit, ok := s.hex(s.pos)
	if !ok {
		return s.syntax("invalid escape in a string")
	}
	size := 6
	if utf16.IsSurrogate(unit) {
		low, _ := s.hex(s.pos + size)
		unit = utf16.DecodeRune(unit, low)
		if unit == utf8.RuneError {
			return s.syntax("lone surrogate in a string")
		}
		size *= 2
	}
	s.text = utf8.AppendRune(s.text, unit)
	s.pos += size

	return nil
}

// hex returns the code unit of the escape \uXXXX at an offset, if one is there.
func (s *scanner) hex(pos int) (rune, bool) {
	if pos+6 > len(s.data) || s.data[pos] != '\\' || s.data[pos+1] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range s.data[pos+2 : pos+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | rune(c)
	}

	return unit, true
}

// number reads a number and returns its text.
func (s *scanner) number() ([]byte, *Error) {
	start := s.pos
	if s.at('-') {
		s.pos++
	}
	if s.at('0') {
		s.pos++
		if s.atDigit() {
			return nil, s.syntax("leading zero in a number")
		}
	} else if err := s.digits(); err != nil {
		return nil, err
	}
	if s.at('.') {
		s.pos++
		if err := s.digits(); err != nil {
			return nil, err
		}
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		if err := s.digits(); err != nil {
			return nil, err
		}
	}

	return s.data[start:s.pos], nil
}

func (s *scanner) at(c byte) bool {
	return s.pos < len(s.data) && s.data[s.pos] == c
}

func (s *scanner) atDigit() bool {
	return s.pos < len(s.data) && s.data[s.pos]-'0' <= 9
}

// digits reads one digit or more.
func (s *scanner) digits() *Error {
	if !s.atDigit() {
		return s.unexpected("a digit")
	}
	for s.atDigit() {
		s.pos++
	}

	return nil
}

// literal reads true, false or null.
func (s *scanner) literal(word string) *Error {
	if !s.word(word) {
		return s.syntax("want %s, got something else", word)
	}

	return nil
}

// skip reads any value and drops it; within it every rule holds nonetheless.
func (s *scanner) skip() *Error {
	switch c := s.peek(); c {
	case '{':
		return s.skipObject()
	case '[':
		return s.skipArray()
	case '"':
		_, err := s.string()

		return err
	case 't':
		return s.literal(literalTrue)
	case 'f':
		return s.literal(literalFalse)
	case 'n':
		return s.literal(literalNull)
	default:
		if c != '-' && !s.atDigit() {
			return s.unexpected("a JSON value")
		}
		_, err := s.number()

		return err
	}
}

func (s *scanner) skipObject() *Error {
	if err := s.enter(); err != nil {
		return err
	}
	var names nameSet
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		if err := s.skipMember(&names, key); err != nil {
			return err
		}
	}
}

// skipMember drops the value of a property that the contract does not know.
func (s *scanner) skipMember(names *nameSet, key []byte) *Error {
	name, added := names.add(key)
	if !added {
		return duplicate().inField(clip(name))
	}
	if err := s.skip(); err != nil {
		return err.inField(clip(name))
	}

	return nil
}

func (s *scanner) skipArray() *Error {
	if err := s.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := s.more(i == 0, ']')
		if err != nil || !more {
			return err
		}
		if err := s.skip(); err != nil {
			return err.inItem(i)
		}
	}
}

func duplicate() *Error {
	return &Error{Reason: "the property is given twice"}
}

// fewNames is up to how many names a nameSet compares one by one.
const fewNames = 8

// nameSet finds duplicates among the names of one object. It costs nothing until it is used, and
// stays linear in time for objects with very many names.
type nameSet struct {
	few  []string
	many map[string]struct{}
}

// add returns the name as a string, and false if it was there already.
func (n *nameSet) add(key []byte) (string, bool) {
	name := string(key)

	return name, n.addName(name)
}

// addName is add of a string.
func (n *nameSet) addName(name string) bool {
	if n.has(name) {
		return false
	}
	switch {
	case n.many != nil:
		n.many[name] = struct{}{}
	case n.few == nil:
		n.few = append(make([]string, 0, fewNames), name)
	case len(n.few) < fewNames:
		n.few = append(n.few, name)
	default:
		n.many = make(map[string]struct{}, 2*fewNames)
		for _, old := range n.few {
			n.many[old] = struct{}{}
		}
		n.many[name] = struct{}{}
	}

	return true
}

func (n *nameSet) has(name string) bool {
	if n.many != nil {
		_, found := n.many[name]

		return found
	}

	return slices.Contains(n.few, name)
}
