"""Holds the register of industrial parks: kind, level and the source of each entry."""
