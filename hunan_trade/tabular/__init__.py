"""Tools for any table of rows: columns, parsers, findings, checks and bulk upsert. No models."""
