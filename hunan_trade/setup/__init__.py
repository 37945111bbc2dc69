"""Prepares a new portal: reference tables, rights in the database, and the commands for both."""
