"""Prepares a new portal by loading reference tables and granting database rights."""
