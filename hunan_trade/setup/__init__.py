"""What a new portal starts with: the reference tables, and in demo mode an invented year and a half."""
