"""Writes, reviews and issues reports: the monthly bulletin and the quarterly dispatch."""
