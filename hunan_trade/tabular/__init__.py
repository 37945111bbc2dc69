"""Tools for tables of records: column types, parsers, checks and bulk inserts. Contains no models."""
