"""Computes a hash of the rows of every table, so that tests can detect changes."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

from hunan_trade.accounts.models import SessionRecord
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import WorkbookReading

# What every request may leave: that it was made. A preview costs a reading, which the daily cap counts; nothing that
# anybody files, sees or decides depends on it.
REQUEST_TRACES = frozenset(
    {Event._meta.db_table, SessionRecord._meta.db_table, "django_session", WorkbookReading._meta.db_table}
)


def table_digests(excluded_tables: frozenset[str] = REQUEST_TRACES) -> dict[str, str]:
    """Return a hash of the rows of each table, without `excluded_tables`."""
    found = {}
    with connection.cursor() as sql:
        for model in apps.get_models(include_auto_created=True):
            if (table := model._meta.db_table) not in excluded_tables:
                sql.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" t"
                )
                found[table] = sql.fetchone()[0]
    return found
