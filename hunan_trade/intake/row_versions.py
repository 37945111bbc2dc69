"""What the rows of a return held at which of its versions: those that stand, and those that were replaced (ADR 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models

from hunan_trade.intake import datasets
from hunan_trade.intake.models import ReplacedRow, Return, Row

SHOWN = 50  # rows that an event of the log holds in full; of more it names the digest as well


def replaced(return_: Return) -> tuple[dict[str, Any], dict[str, Any]] | tuple[None, None]:
    """For the log, when this version of the return has been written: what it replaced, and by what; None for nothing.

    Each side holds the texts of up to `SHOWN` rows and, for the history that holds all of them, number and digest.
    """
    before = ReplacedRow.objects.filter(return_ref=return_, until=return_.version)
    if not before.exists():
        return None, None
    after = Row.objects.filter(return_ref=return_, since=return_.version)
    return _shown(before), _shown(after) | {"version": return_.version}


def numbered(
    return_: Return, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`before` and `after` of one request, by key, as an event holds them: the first `SHOWN`, of more the digest too."""
    if len(after) <= SHOWN:
        return dict(before), dict(after)
    listed = list(after)[:SHOWN]
    old = ReplacedRow.objects.filter(return_ref=return_, until=return_.version)
    new = Row.objects.filter(return_ref=return_, since=return_.version)
    return (
        {key: before[key] for key in listed} | _counted(old),
        {key: after[key] for key in listed} | _counted(new) | {"version": return_.version},
    )


def _shown(rows: models.QuerySet[Any]) -> dict[str, Any]:
    first = rows.order_by("dataset", "key").values_list("dataset", "key", "texts")[:SHOWN]
    return {f"{datasets.get(dataset).sheet} {key}": texts for dataset, key, texts in first} | _counted(rows)


def _counted(rows: models.QuerySet[Any]) -> dict[str, Any]:
    """How many, and the SHA-256 of all of them: a line a row, 表⇥key⇥texts, in the order of their bytes."""
    sql, given = rows.order_by().values_list("dataset", "key", "texts").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(concat_ws(E'\\t', dataset, key, texts::text),"
            ' E\'\\n\' ORDER BY dataset COLLATE "C", key COLLATE "C"), \'\'), \'UTF8\')), \'hex\')'
            f" FROM ({sql}) AS asked",
            given,
        )
        number, digest = cursor.fetchone()
    return {"rows": number, "rows_digest": digest}
