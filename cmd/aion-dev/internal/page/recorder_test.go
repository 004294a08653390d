package page

import "net/http/httptest"

// recorder is an answer that is looked at.
type recorder = httptest.ResponseRecorder

func newRecorder() *recorder { return httptest.NewRecorder() }
