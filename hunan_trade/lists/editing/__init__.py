"""The edit form of a record, bulk edit and undo."""
