"""Every hour, merges the rows of the version tables, which count changes of projects and of their followers."""

from hunan_trade import table_versions


def compact_version_tables() -> int:
    """Replace the rows of each table that counts changes by one row with their sum; return the number removed."""
    return sum(map(table_versions.compact_version_table, ("projects_change", "projects_followers_change")))
