"""Tools for tests, such as temporary servers, cloned databases and a real browser."""
