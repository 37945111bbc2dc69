"""Pages for login, accounts, roles, tokens, the audit log and background jobs."""
