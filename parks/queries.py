"""Reads the register of parks for its page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from parks.models import Park, ParkQuerySet


@dataclass(frozen=True)
class ParkRow:
    name: str
    city: str
    in_xiangnan: bool
    kind: str
    level: str
    approved: str  # 2012年10月; empty when not known, or not approved by that day
    status: str  # 在册, 未获批
    certainty: str
    verified: bool
    source: str
    note: str


@dataclass(frozen=True)
class ParkRegister:
    rows: tuple[ParkRow, ...]
    summary: str


def park_register(parks: ParkQuerySet, today: date) -> ParkRegister:
    """Return the given parks, in the same order, with their status on the day `today`."""
    rows = tuple(_row(park, today) for park in parks)
    levels = Counter(row.level for row in rows if row.status == "在册")
    parts = [f"{len(rows)} 个园区", *(f"{level}在册 {count} 个" for level, count in levels.items())]
    if unverified := sum(not row.verified for row in rows):
        parts.append(f"待核 {unverified} 个")
    return ParkRegister(rows, "，".join(parts))


def _row(park: Park, today: date) -> ParkRow:
    approved = park.is_approved_on(today)
    return ParkRow(
        name=park.name,
        city=park.city.short_name,
        in_xiangnan=park.city.in_xiangnan,
        kind=park.get_kind_display(),
        level=park.get_level_display(),
        approved=park.approved_text if approved else "",
        status="在册" if approved else "未获批",
        certainty=park.get_certainty_display(),
        verified=park.certainty != Park.Certainty.UNVERIFIED,
        source=park.source,
        note=park.note,
    )
