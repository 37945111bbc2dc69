"""Indicators and their observations: versioned figures with a source, and every comparison made from them."""
