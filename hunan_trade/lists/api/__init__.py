"""REST endpoints of a list."""
