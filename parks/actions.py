"""Registers the parks that the portal ships with."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction

from hunan_trade.audit.actions import Actor, record
from parks.models import Park

PARKS_2013 = Path(__file__).parent / "data" / "parks_2013.csv"


@transaction.atomic
def load_parks(*, by: Actor) -> int:
    """Register the parks that the portal ships with, if none is registered yet; return how many were."""
    if Park.objects.exists():
        return 0
    with PARKS_2013.open(encoding="utf-8", newline="") as source:
        parks = Park.objects.bulk_create([_park_from_row(row) for row in csv.DictReader(source)])
    record("parks.loaded", by=by, after={"loaded": sorted(park.name for park in parks)})
    return len(parks)


def _park_from_row(row: dict[str, str]) -> Park:
    return Park(
        name=row["name"],
        city_id=row["city_code"],
        kind=row["kind"],
        level=row["level"],
        approved=row["approved"],
        as_of_2013=row["as_of_2013"] == "yes",
        certainty=row["certainty"],
        source=row["source"],
        note=row["note"],
    )
