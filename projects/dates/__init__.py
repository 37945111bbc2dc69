"""Holds the expected dates of projects: how the dates were changed, and how late the projects are."""
