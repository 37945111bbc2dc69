"""The event log: who did what, when, to what, with what outcome. Append-only, in the transaction it tells of."""
