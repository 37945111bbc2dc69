"""The feed of the changes in a register, for clients that keep a copy of it."""
