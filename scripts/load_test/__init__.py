"""Load test: many people file at once on a deadline night; acknowledged and stored data are compared."""
