"""Holds the register of major projects, and the two sheets of the monthly return about projects and capital."""
