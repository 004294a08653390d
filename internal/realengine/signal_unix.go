//go:build unix

package realengine

import (
	"os"
	"os/exec"
	"syscall"
)

const (
	terminate = syscall.SIGTERM
	pause     = syscall.SIGSTOP
	resume    = syscall.SIGCONT
)

func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = attributes() }

// send sends a signal to a process and those that it has started.
func send(process *os.Process, signal syscall.Signal) error {
	return syscall.Kill(-process.Pid, signal)
}

// kill ends a process and those that it has started; the only error is that
// there are none.
func kill(process *os.Process) { _ = send(process, syscall.SIGKILL) }
