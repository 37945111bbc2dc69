"""Holds pairs of projects that may be duplicates, and the decisions on them: the same, different or merged."""
