package contract

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// The texts of google.protobuf.FieldMask.

// mask writes so many paths, separated by commas.
func (e *encoder) mask(count int, path func(int) string) *Error {
	e.out = append(e.out, '"')
	for i := range count {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.path(path(i)); err != nil {
			return err.inItem(i)
		}
	}
	e.out = append(e.out, '"')

	return nil
}

// path turns user.display_name into user.displayName.
func (e *encoder) path(path string) *Error {
	start := len(e.out)
	e.out = appendCamelCase(e.out, path)
	end := len(e.out)
	back, ok := appendSnakeCase(e.out, e.out[start:])
	if !ok || string(back[end:]) != path {
		return mismatch("a path such as user.display_name", quote(path))
	}

	return nil
}

// mask reads paths that are separated by commas; an empty text is no path.
func (d *decoder) mask() ([]string, *Error) {
	text, err := d.knownText(maskMessage)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	var paths []string
	for path := range bytes.SplitSeq(text, []byte(",")) {
		snake, ok := appendSnakeCase(make([]byte, 0, len(path)+4), path)
		if !ok {
			return nil, mismatch(maskMessage.want(), quote(string(text)))
		}
		paths = append(paths, string(snake))
	}

	return paths, nil
}

// appendSnakeCase turns user.displayName into user.display_name, and says whether it is a path.
func appendSnakeCase(dst, path []byte) ([]byte, bool) {
	for i, c := range path {
		isFirst := i == 0 || path[i-1] == '.'
		switch {
		case isUpper(c):
			dst = append(dst, '_', c+'a'-'A')
		case isLower(c) || !isFirst && (isDigit(c) || c == '.'):
			dst = append(dst, c)
		default:
			return dst, false
		}
	}

	return dst, len(path) > 0 && path[len(path)-1] != '.'
}

func (d *decoder) binaryMask(p *messagePlan) *Error {
	paths, err := d.mask()
	for _, path := range paths {
		d.binary.tag(p.fields[0].desc.Number(), protowire.BytesType)
		d.binary.out = protowire.AppendString(d.binary.out, path)
	}

	return err
}
