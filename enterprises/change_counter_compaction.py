"""Every hour, merges the rows of the version tables, which count changes of enterprise data."""

from hunan_trade import table_versions

VERSION_TABLES = ("enterprises_change", "enterprises_register_change")


def compact_version_tables() -> int:
    """Merge all rows of each table that counts data changes into one row; return the number of rows removed."""
    return sum(table_versions.compact_version_table(version_table) for version_table in VERSION_TABLES)
