"""Stores versioned observations of indicators with their sources, and computes every comparison from them."""
