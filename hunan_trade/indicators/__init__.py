"""Stores the versioned monthly figures of indicators by city and computes comparisons from them."""
