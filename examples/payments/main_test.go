package main

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// workerVariable makes the test binary the program itself: tests start workers
// as processes, so that they can kill them.
const workerVariable = "PAYMENTS_TEST_IS_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		main()

		return
	}
	for _, variable := range os.Environ() { // What configures workers is the tests' own.
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AION_") || strings.HasPrefix(name, "PAYMENTS_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv(workerVariable, "1") // For the processes that tests start.
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		stopPostgres()
		os.Exit(code)
	}))
}
