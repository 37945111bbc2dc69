"""Reads uploaded workbooks safely, and writes the workbooks that the portal hands out. No models, no requests."""
