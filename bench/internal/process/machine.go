package process

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"
)

// MachineCPU is the processor time that all programs of the machine have used, over
// all processors, with what a hypervisor kept from it.
func MachineCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	const user, nice, system, steal = 1, 2, 3, 8
	if len(fields) <= steal {
		return 0, errors.New("/proc/stat has no processor time")
	}
	var sum time.Duration
	for _, i := range []int{user, nice, system, steal} {
		ticks, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * tick
	}

	return sum, nil
}
