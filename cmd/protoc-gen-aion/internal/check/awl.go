package check

import (
	"math"
	"regexp"
	"slices"
	"strconv"
)

// AWLName reports whether AWL takes a text as the name of a task queue, a parameter or a field.
func AWLName(name string) bool { return isAWLName(name, awlKeywords) }

// AWLExpression reports whether AWL takes a text as the name of an action, or of a value that an
// expression begins with. It has no null, and says so where it expects an expression.
func AWLExpression(name string) bool {
	return isAWLName(name, awlKeywords, awlCalls) && name != "null"
}

// AWLFallback reports whether AWL takes a text as a task queue to fall back to.
func AWLFallback(name string) bool {
	return fallbackName.MatchString(name) &&
		!slices.Contains(awlKeywords, name) && !slices.Contains(awlCalls, name)
}

// AWLNode reports whether AWL takes a text as the name of a node. It may begin with a capital, and
// be a word that is AWL's own only where an action is called.
func AWLNode(name string) bool {
	return nodeName.MatchString(name) && !slices.Contains(awlKeywords, name)
}

// duration is the number and the unit of what AWL takes as a duration.
var duration = regexp.MustCompile(`^([0-9]+)([smhd])$`)

// durationUnits are AWL's units of time in milliseconds.
var durationUnits = map[string]int64{"s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3}

// AWLDuration returns the milliseconds of an AWL duration, and false if AWL takes the text for
// none, or for one that is too long.
func AWLDuration(text string) (int64, bool) {
	parts := duration.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	number, err := strconv.ParseInt(parts[1], 10, 64)
	unit := durationUnits[parts[2]]
	if err != nil || number > math.MaxInt64/unit {
		return 0, false
	}

	return number * unit, true
}
