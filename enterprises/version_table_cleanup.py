"""Compacts the version tables of enterprises; runs every hour."""

from hunan_trade import versions

VERSION_TABLES = ("enterprises_change", "enterprises_register_change")


def compact_version_tables() -> int:
    """Merge the change rows of each version table into one and return how many were removed."""
    return sum(versions.compact_version_table(version_table) for version_table in VERSION_TABLES)
