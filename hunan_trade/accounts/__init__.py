"""User accounts and roles, API tokens, passwords, sessions, and the lock after failed logins.

`roles.py` holds all permissions.
"""
