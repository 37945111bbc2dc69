"""Returns: one a city and month, declared by the domain apps, filed through three doors, reviewed in rounds."""
