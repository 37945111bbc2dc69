"""Imports people's own spreadsheets into a declared list."""
