"""What a new portal starts with: reference tables, the owner of the database, and commands to prepare it."""
