"""Reads uploaded workbooks safely, and writes workbooks for download. No models, no requests."""
