"""The changes feed of a register."""
