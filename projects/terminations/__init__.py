"""Holds the terminations of projects."""
