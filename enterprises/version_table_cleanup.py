"""Shrinks the tables that hold the version numbers of enterprise data; runs every hour."""

from hunan_trade import versions

VERSION_TABLES = ("enterprises_change", "enterprises_register_change")


def compact_version_tables() -> int:
    """Replace the rows of each version table by one row with their sum; return how many rows were removed."""
    return sum(versions.compact_version_table(version_table) for version_table in VERSION_TABLES)
