"""Demo data of an invented year and a half, written through the actions that people use."""
