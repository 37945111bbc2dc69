"""User accounts and roles, API tokens, passwords, sessions and login lockout. `roles.py` holds all permissions."""
