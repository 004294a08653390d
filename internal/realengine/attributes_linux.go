package realengine

import "syscall"

// attributes give a process a group of its own, which its own children share,
// and end it with the test binary, however that ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
