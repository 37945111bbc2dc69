"""Holds the increases of the contracted capital of projects."""
