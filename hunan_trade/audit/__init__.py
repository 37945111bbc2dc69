"""The append-only audit log of who did what, when, to what, with what outcome."""
