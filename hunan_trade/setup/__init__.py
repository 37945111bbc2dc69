"""Preparation of a new portal: reference tables, database rights, and the commands for them."""
