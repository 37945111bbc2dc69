"""Pages: the home page of each role."""
