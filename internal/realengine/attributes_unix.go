//go:build unix && !linux

package realengine

import "syscall"

// attributes give a process a group of its own, which its own children share.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
