//go:build !unix

package realengine

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// The system can only kill.
const (
	terminate = syscall.SIGTERM
	pause     = syscall.Signal(-1)
	resume    = syscall.Signal(-2)
)

func ownGroup(*exec.Cmd) {}

func send(*os.Process, syscall.Signal) error {
	return errors.New("this system's processes can only be killed")
}

func kill(process *os.Process) { _ = process.Kill() }
