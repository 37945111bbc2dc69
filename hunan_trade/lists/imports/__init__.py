"""Import of users' spreadsheets into a list."""
