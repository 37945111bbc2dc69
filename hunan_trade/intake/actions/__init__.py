"""Actions that create, fill in, send, accept and give back monthly returns.

Each locks the return's database row first.
"""
