"""Merges, every hour, the rows of the table that counts changes of projects."""

from hunan_trade import table_versions


def compact_version_tables() -> int:
    """Merge the rows of the table that counts changes of projects, and return the number of rows removed."""
    return sum(map(table_versions.compact_version_table, ("projects_change", "projects_followers_change")))
