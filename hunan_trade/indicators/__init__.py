"""Stores versioned observations of indicators with their sources, and computes comparisons from them."""
