package page

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aion-go/aion/cmd/aion-dev/internal/api"
)

// answer writes a JSON text.
func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = encode(w, value) // The client is gone, then.
}

// encode writes a JSON text in one line. Results stay as workers wrote them.
func encode(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // It is no HTML.

	return encoder.Encode(value) //nolint:wrapcheck // The writer's own.
}

// problemf answers with an error.
func problemf(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, api.Problem{Error: fmt.Sprintf(format, args...)})
}
