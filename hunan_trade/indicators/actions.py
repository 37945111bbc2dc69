"""Stores observations; a correction is stored as a new version and never overwrites the old version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from hunan_trade import table_versions
from hunan_trade.audit.actions import Actor, record
from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import VERSION_TABLES
from hunan_trade.periods import Month


@transaction.atomic
def record_observations(
    values: Mapping[str, Decimal | None],
    *,
    region: str,
    month: Month,
    source: registry.Source,
    known_at: datetime,
    reason: str,
    by: Actor,
) -> dict[str, Observation]:
    """Store a region's indicator values of one month; return an observation for each changed value, by code.

    `values` maps indicator codes to dollars, yuan or counts, or to None where an observed figure is not known any more.

    The caller holds the lock that serialises this region and month. A figure that did not change keeps its version; a
    changed one gets the next, and then `reason` must say why. Returns the observations newly written, by code.
    """
    for code in values:
        if (declared := registry.get(code)).parts or declared.measure:
            raise ValueError(f"{code} is derived and cannot be observed")
    current = {
        known.indicator: known
        for known in Observation.objects.filter(
            region_id=region, month=month.first, source=source, indicator__in=values
        ).ordered_newest_versions()
    }
    new_observations = [
        Observation(
            indicator=code,
            region_id=region,
            month=month.first,
            source=source,
            version=current[code].version + 1 if code in current else 1,
            value=value,
            known_at=known_at,
            reason=reason if code in current else "",
        )
        for code, value in values.items()
        if (current[code].value != value if code in current else value is not None)
    ]
    written = {observation.indicator: observation for observation in Observation.objects.bulk_create(new_observations)}
    for code, observation in written.items():
        if observation.version > 1:
            record(
                "observation.corrected",
                by=by,
                subject=observation,
                region=region,
                before={"value": _decimal_as_text(current[code].value)},
                after={"value": _decimal_as_text(observation.value)},
                reason=reason,
            )
    return written


def _decimal_as_text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def compact_version_tables() -> int:
    """Merge all rows of each table that counts changes of observations into one; return the number removed."""
    return sum(table_versions.compact_version_table(version_table) for version_table in VERSION_TABLES)
