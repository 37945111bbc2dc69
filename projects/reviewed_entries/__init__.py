"""Holds what steps, increases and terminations of projects have in common: fields, states, moves and columns."""
