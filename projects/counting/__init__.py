"""Decides which projects count toward the plan year, and compares the count with the city summaries."""
