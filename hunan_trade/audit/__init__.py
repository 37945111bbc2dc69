"""The audit log: who did what, when, to what, with what outcome. Append-only, written with the change itself."""
