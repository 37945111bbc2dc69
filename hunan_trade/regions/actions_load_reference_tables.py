"""Loads the shipped regions, their offices, and the places from which investors come."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction

from hunan_trade.regions.models import PROVINCE, PlanRegion, Region, SourcePlace, Unit

DATA = Path(__file__).parent / "data"
_LEVELS = {"province": Region.Level.PROVINCE, "prefecture": Region.Level.CITY, "county": Region.Level.COUNTY}
# Only what is known for sure; divisions and member departments are entered by the department itself.
_UNITS = (
    ("commerce", "湖南省商务厅", Unit.Kind.DEPARTMENT),
    ("changsha-customs", "长沙海关", Unit.Kind.CUSTOMS),
)
# In the order of item 17 of the work plan.
_PLAN_REGIONS = {
    "yangtze-delta": "长三角",
    "pearl-delta": "珠三角",
    "hongkong-taiwan": "港台",
    "beibu-gulf": "北部湾",
    "west-strait": "海西",
    "japan-korea": "日韩",
    "asean": "东盟",
}


@transaction.atomic
def load_regions() -> None:
    """Add Hunan's regions (GB/T 2260, December 2013) and government offices, unless they exist already."""
    with (DATA / "regions_hunan_2013.csv").open(encoding="utf-8") as source:
        rows = sorted(csv.DictReader(source), key=lambda row: list(_LEVELS).index(row["level"]))
    regions = [
        Region(
            code=row["code"],
            name=row["name"],
            short_name=_short_name(row["name"], row["level"]),
            level=_LEVELS[row["level"]],
            parent_id=row["parent_code"] or None,
        )
        for row in rows
    ]
    Region.objects.bulk_create(regions, ignore_conflicts=True)
    units = [Unit(code=code, name=name, kind=kind, region_id=PROVINCE) for code, name, kind in _UNITS]
    units += [
        Unit(code=f"bureau-{city.code}", name=city.office, kind=Unit.Kind.BUREAU, region=city)
        for city in regions
        if city.level == Region.Level.CITY
    ]
    Unit.objects.bulk_create(units, ignore_conflicts=True)


@transaction.atomic
def load_source_places() -> None:
    """Create the places that projects come from and the work plan's regions such as 长三角, unless places exist."""
    if SourcePlace.objects.exists():
        return
    with (DATA / "source_places.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    PlanRegion.objects.bulk_create(
        PlanRegion(code=code, name=name, position=at) for at, (code, name) in enumerate(_PLAN_REGIONS.items(), 1)
    )
    SourcePlace.objects.bulk_create(
        SourcePlace(
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            short_name=row["short_name"],
            parent_id=row["parent"] or None,
            position=at,
        )
        for at, row in enumerate(rows, 1)
    )
    memberships = SourcePlace.plan_regions.through
    memberships.objects.bulk_create(
        memberships(sourceplace_id=row["code"], planregion_id=region)
        for row in rows
        for region in row["plan_regions"].split()
    )


def _short_name(name: str, level: str) -> str:
    """Return the short name of a region, such as 长沙 for 长沙市.

    The prefecture becomes 湘西自治州; counties keep their name.
    """
    if name == "湘西土家族苗族自治州":
        return "湘西自治州"
    return name.removesuffix("市") if level == "prefecture" else name
