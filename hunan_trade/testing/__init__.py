"""What every test of the portal stands on: real servers that are thrown away, and databases to commit into."""
