"""The register as its page prints it."""

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
    standing: str  # 在册, 未获批
    certainty: str
    verified: bool
    source: str
    note: str


@dataclass(frozen=True)
class Register:
    rows: tuple[ParkRow, ...]
    summary: str


def register(parks: ParkQuerySet, today: date) -> Register:
    """The parks in the order given, as they stood on that day."""
    rows = tuple(_row(park, today) for park in parks)
    levels = Counter(row.level for row in rows if row.standing == "在册")
    parts = [f"{len(rows)} 个园区", *(f"{level}在册 {count} 个" for level, count in levels.items())]
    if unverified := sum(not row.verified for row in rows):
        parts.append(f"待核 {unverified} 个")
    return Register(rows, "，".join(parts))


def _row(park: Park, today: date) -> ParkRow:
    held = park.approved_by(today)
    return ParkRow(
        name=park.name,
        city=park.city.short_name,
        in_xiangnan=park.city.in_xiangnan,
        kind=park.get_kind_display(),
        level=park.get_level_display(),
        approved=park.approved_text if held else "",
        standing="在册" if held else "未获批",
        certainty=park.get_certainty_display(),
        verified=park.certainty != Park.Certainty.UNVERIFIED,
        source=park.source,
        note=park.note,
    )
