"""Writes to returns: opening, filling, sending, deciding. Each locks the return's row and goes on with it."""
