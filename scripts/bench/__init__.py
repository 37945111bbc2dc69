"""Benchmarks of `make bench`: each compares the portal with what a Django user gets by default, or with less data."""
