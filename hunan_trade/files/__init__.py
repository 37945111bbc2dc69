"""Stored files by the hash of their content, kept for ever."""
