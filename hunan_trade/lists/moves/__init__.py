"""Moves of records between workflow states, with their actions, buttons and pages, for one record or many."""
