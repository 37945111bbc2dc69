"""Creates the projects of the benchmarks: those of the demo year and many of earlier years."""

from __future__ import annotations

import io

from django.core.management import call_command
from django.db import connection

from hunan_trade.accounts.models import User
from hunan_trade.lists.pages.column_choices import store_column_choice
from projects.models import Project

TABLE = Project._meta.db_table
OFFICER = "officer1"
CHOSEN_COLUMNS = ("code", "name", "city", "source", "stage", "signed_on", "status", "contracted_total_cny", "investors")


def create_projects(count: int) -> None:
    """Load the demo year with `count` projects, and store which columns an officer sees in the project list.

    The demo year has about 2,000 of its own, however few are asked for.
    """
    call_command("demo", projects=count, stdout=io.StringIO())
    store_column_choice(CHOSEN_COLUMNS, listing="projects", by=User.objects.get(username=OFFICER))


def add_nine_copies_of_projects() -> None:
    """Add nine copies of each project under codes of other years.

    They have neither steps nor history, nor a search text and an order of name of their own, which take minutes for
    a million and which no page of the list in its own order reads.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # foreign keys are right, and millions of checks slow
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(f"ALTER TABLE {TABLE} ALTER search_text DROP EXPRESSION, ALTER name_order DROP EXPRESSION")
        cursor.execute("DROP INDEX project_search, project_by_investor")
        copied = ", ".join(f'"{name}"' for name in _copied_columns())
        cursor.execute(
            f"INSERT INTO {TABLE} (code, {copied})"
            # 2012 becomes 0012, 1012, 3012 and so on.
            f" SELECT overlay(code PLACING copy::text FROM position('-' IN code) + 1 FOR 1), {copied}"
            f" FROM {TABLE}, generate_series(0, 9) copy WHERE copy <> 2"
        )


def _copied_columns() -> list[str]:
    """Return the project table's columns to copy: all except primary key, code and the sums the database computes."""
    left_out = {"id", "code", "contracted_total_cny", "contracted_total_usd"}
    return [str(field.column) for field in Project._meta.concrete_fields if field.column not in left_out]
