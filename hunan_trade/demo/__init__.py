"""Demo data: an invented year and a half, written through the same actions as people use."""
