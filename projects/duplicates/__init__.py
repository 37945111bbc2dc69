"""Holds pairs of projects that may be one project, and what people decided about them: the same, different, or merged."""
