"""Holds the fields, states, moves and columns that steps, increases and terminations of projects share."""
