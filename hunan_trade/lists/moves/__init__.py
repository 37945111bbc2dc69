"""Changes of records' workflow states, called moves, with their actions, buttons and pages."""
