"""Reads uploaded workbooks safely, and writes workbooks for download. Uses no models and no requests."""
