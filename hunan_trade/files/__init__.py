"""Files stored on disk, each named by the SHA-256 hash of its content."""
