"""Register of parks and zones: kind, level, and the source of each entry."""
