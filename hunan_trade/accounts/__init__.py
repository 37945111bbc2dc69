"""People and their roles, API tokens, passwords and lockout. Roles are code: `roles.py` is the whole table."""
