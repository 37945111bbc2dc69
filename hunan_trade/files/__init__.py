"""Stored files, named by the hash of their content and kept for ever."""
