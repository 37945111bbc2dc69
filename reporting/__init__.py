"""Drafts, reviews and issues the monthly bulletin and the quarterly dispatch."""
