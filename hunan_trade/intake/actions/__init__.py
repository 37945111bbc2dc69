"""Actions on returns: opening, filling, sending and deciding; each locks the return's row first."""
