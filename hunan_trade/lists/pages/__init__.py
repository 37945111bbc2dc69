"""Pages of a list and of one record, with the views and columns that readers save."""
