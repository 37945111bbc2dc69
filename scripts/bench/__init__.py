"""Benchmarks (`make bench`) that compare the portal with common Django tools.

Some compare the portal with itself on less data.
"""
