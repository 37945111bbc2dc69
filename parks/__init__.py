"""The register of parks and zones: what each is, how high it ranks, and how sure the register is of it."""
