"""Loads the register of known parks; safe to repeat, the set-up runs it at every start."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction

from hunan_trade.audit.actions import Actor, record
from parks.models import Park

PARKS_2013 = Path(__file__).parent / "data" / "parks_2013.csv"
_UPDATED_FIELDS = ["city", "kind", "level", "approved", "as_of_2013", "certainty", "source", "note"]


@transaction.atomic
def load_parks(*, by: Actor, path: Path = PARKS_2013) -> int:
    """Create or update the parks listed in the file, matched by name; return how many rows changed."""
    with path.open(encoding="utf-8", newline="") as source:
        parks = [_park(row) for row in csv.DictReader(source)]
    known = {park.name: park for park in Park.objects.select_for_update()}
    changed = [
        park for park in parks if park.name not in known or _field_values(known[park.name]) != _field_values(park)
    ]
    if changed:
        Park.objects.bulk_create(changed, update_conflicts=True, unique_fields=["name"], update_fields=_UPDATED_FIELDS)
        record("parks.loaded", by=by, after={"changed": sorted(park.name for park in changed)})
    return len(changed)


def _park(row: dict[str, str]) -> Park:
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


def _field_values(park: Park) -> tuple[object, ...]:
    return tuple(park.city_id if name == "city" else getattr(park, name) for name in _UPDATED_FIELDS)
