"""Holds the register of industrial parks, with their level and the source of each entry."""
