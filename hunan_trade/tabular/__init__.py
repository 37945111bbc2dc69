"""Tools for any table of records: column types, parsers, checks and bulk inserts. No models."""
