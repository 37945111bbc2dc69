"""Deadline night: many people file at once against the portal as it runs, and everything it said is held against it."""
