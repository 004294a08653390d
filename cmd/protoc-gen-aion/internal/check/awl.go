package check

// AWLName reports whether AWL takes a text as the name of a task queue, a parameter or a field.
func AWLName(name string) bool { return isAWLName(name, awlKeywords) }

// AWLExpression reports whether AWL takes a text as the name of an action, or of a value that an
// expression begins with. It has no null, and says so where it expects an expression.
func AWLExpression(name string) bool {
	return isAWLName(name, awlKeywords, awlCalls) && name != "null"
}
