"""Benchmarks of `make bench`: each times the portal beside common Django tools, or beside the portal with less data."""
