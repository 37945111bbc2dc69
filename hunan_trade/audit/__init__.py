"""The append-only log of audit events, and the hash chain that reveals later changes to the log."""
