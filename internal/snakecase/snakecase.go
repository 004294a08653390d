// Package snakecase turns the names of protos into the names that an engine knows them by.
package snakecase

// Split puts an underscore between the words of a name in CamelCase and leaves the case of its
// letters. A word begins at a capital that follows a small letter or precedes one: HTTPStatus
// becomes HTTP_Status, ChargeV2 becomes Charge_V2. Names in protos are ASCII; so is this.
func Split(name string) string {
	out := make([]byte, 0, len(name)+4) // Room for the underscores of most names.
	for i := range len(name) {
		c := name[i]
		if i > 0 && isUpper(c) && name[i-1] != '_' &&
			(isLower(name[i-1]) || i+1 < len(name) && isLower(name[i+1])) {
			out = append(out, '_')
		}
		out = append(out, c)
	}

	return string(out)
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
