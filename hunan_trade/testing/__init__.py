"""Tools for tests: temporary servers, cloned databases, a real browser, simultaneous requests."""
