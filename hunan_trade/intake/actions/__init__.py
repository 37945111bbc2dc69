"""Every write to a return: opening, filling, sending, deciding. Each locks the return's row and goes on with it."""
