"""Holds what is known of the expected dates of projects: how they were changed, and how late projects are."""
