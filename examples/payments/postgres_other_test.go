//go:build !unix

package main

import (
	"fmt"
	"os/exec"
)

// asPostgresUser says that tests start PostgreSQL on Unix only: they reach it by
// a socket.
func asPostgresUser(*exec.Cmd, string) error {
	return fmt.Errorf("%w that a test starts on this system", errNoPostgres)
}
