"""What the hourly job does for this app."""

from hunan_trade import versions

VERSION_TABLES = ("enterprises_change", "enterprises_register_change")


def compact_version_tables() -> int:
    """What tells the versions of the facts and of the register apart stays, and takes no room. The number of version_tables less."""
    return sum(versions.compact_version_table(version_table) for version_table in VERSION_TABLES)
