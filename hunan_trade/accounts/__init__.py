"""User accounts and roles, API tokens, passwords, sessions and the lock after wrong passwords.

`roles.py` holds all permissions.
"""
