package service

import "strings"

// Names in protos are ASCII; so are the conversions here.

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// snakeCase is the name that a task queue or an activity has by default. A word begins at a capital
// that follows a small letter or precedes one: HTTPServer becomes http_server, ChargeV2 charge_v2.
func snakeCase(name string) string {
	out := make([]byte, 0, len(name)+4) //nolint:mnd // Room for some underscores.
	for i := range len(name) {
		c := name[i]
		if i > 0 && isUpper(c) && name[i-1] != '_' &&
			(isLower(name[i-1]) || i+1 < len(name) && isLower(name[i+1])) {
			out = append(out, '_')
		}
		out = append(out, c)
	}

	return strings.ToLower(string(out))
}

// unexported makes the first letter of an exported name small. Names that differ still do then, as
// they might not if whole words were made small: HTTPServer and HttpServer.
func unexported(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
