"""Writes to returns: opening, filling, sending, deciding; each locks the return's database row first."""
