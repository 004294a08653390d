package contract

// The bits of the eight bytes of a word.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// wordBytes is how many bytes are looked at together.
const wordBytes = 8

// plainPrefix is how many bytes at the beginning of a text are no control characters, quotes or
// backslashes, so that JSON has them as they are if they are UTF-8; ascii says that they are, being
// ASCII. It looks at eight bytes together (Warren, Hacker's Delight, section 6-1), and stops at eight
// that have another one among them.
func plainPrefix[T string | []byte](text T) (n int, ascii bool) {
	var all uint64
	for ; len(text)-n >= wordBytes; n += wordBytes {
		word := uint64(text[n]) | uint64(text[n+1])<<8 | uint64(text[n+2])<<16 |
			uint64(text[n+3])<<24 | uint64(text[n+4])<<32 | uint64(text[n+5])<<40 |
			uint64(text[n+6])<<48 | uint64(text[n+7])<<56
		quote, backslash := word^('"'*lowBits), word^('\\'*lowBits)
		// The high bit of a byte is set if it is below the space, a quote or a backslash.
		special := (word-' '*lowBits)&^word | (quote-lowBits)&^quote | (backslash-lowBits)&^backslash
		if special&highBits != 0 {
			break
		}
		all |= word
	}

	return n, all&highBits == 0
}
