package aion

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// The environment variables that workers of the engine read.
const (
	envEndpoint       = "AION_WORKER_ENDPOINT"
	envNamespace      = "AION_WORKER_NAMESPACE"
	envIdentity       = "AION_WORKER_IDENTITY"
	envConcurrency    = "AION_WORKER_CONCURRENCY"
	envInitialBackoff = "AION_RECONNECT_INITIAL_BACKOFF_SECONDS"
	envMaxBackoff     = "AION_RECONNECT_MAX_BACKOFF_SECONDS"
	envMaxAttempts    = "AION_RECONNECT_MAX_ATTEMPTS"
	envToken          = "AION_TOKEN"
)

// ConfigFromEnv reads a Config from the environment. A variable that is unset
// or empty leaves its field zero, which is its default or, for Endpoint and
// MaxConcurrency, an error of NewWorker. All values that cannot be read are
// reported at once.
//
//	AION_WORKER_ENDPOINT                     Endpoint
//	AION_WORKER_NAMESPACE                    Namespace
//	AION_WORKER_IDENTITY                     Identity
//	AION_WORKER_CONCURRENCY                  MaxConcurrency
//	AION_RECONNECT_INITIAL_BACKOFF_SECONDS   InitialBackoff, in seconds such as 1 or 0.5
//	AION_RECONNECT_MAX_BACKOFF_SECONDS       MaxBackoff, likewise
//	AION_RECONNECT_MAX_ATTEMPTS              MaxAttempts
//	AION_TOKEN                               Token
func ConfigFromEnv() (Config, error) {
	c := Config{
		Endpoint:  os.Getenv(envEndpoint),
		Namespace: os.Getenv(envNamespace),
		Identity:  os.Getenv(envIdentity),
	}
	if token := os.Getenv(envToken); token != "" {
		c.Token = StaticToken(token)
	}
	err := errors.Join(
		readEnv(envConcurrency, &c.MaxConcurrency, "a whole number of 1 or more", positive),
		readEnv(envInitialBackoff, &c.InitialBackoff, "seconds, such as 1 or 0.5", seconds),
		readEnv(envMaxBackoff, &c.MaxBackoff, "seconds, such as 30", seconds),
		readEnv(
			envMaxAttempts,
			&c.MaxAttempts,
			"a whole number, such as 10, or -1 for no bound",
			strconv.Atoi,
		),
	)
	if err != nil {
		return Config{}, err
	}

	return c, nil
}

// readEnv parses a variable into field, when it is set.
func readEnv[T any](name string, field *T, want string, parse func(string) (T, error)) error {
	text := os.Getenv(name)
	if text == "" {
		return nil
	}
	value, err := parse(text)
	if err != nil {
		return fmt.Errorf("%s is %q: want %s", name, text, want)
	}
	*field = value

	return nil
}

func positive(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}

	return n, err
}

// seconds reads a duration; longer than a year is a mistake of units.
func seconds(text string) (time.Duration, error) {
	const year = 365 * 24 * 60 * 60
	s, err := strconv.ParseFloat(text, 64)
	if err == nil && !(s >= 0 && s <= year) {
		err = strconv.ErrRange
	}

	return time.Duration(s * float64(time.Second)), err
}
