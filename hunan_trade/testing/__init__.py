"""Provides what tests need: temporary servers, cloned databases, a real browser, and many requests at once."""
