"""Moves of records from state to state: the action, the buttons and pages, and moves of many records."""
