"""Import of people's own spreadsheets into a declared list."""
