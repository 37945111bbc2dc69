"""Keeps who follows which project."""
