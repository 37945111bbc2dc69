"""Tests how an import finds the places or records named in cells, and that it reports ambiguous names."""

from __future__ import annotations

import pytest

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.cell_readers import NamedRecord
from hunan_trade.lists.imports.related_record_names import region_names
from hunan_trade.lists.imports.table_in_sheet import guess_table
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import csv_file
from hunan_trade.lists.tests.test_import_cell_conversion import rows_of
from hunan_trade.regions.actions_load_reference_tables import load_regions
from hunan_trade.regions.models import Region


@pytest.mark.django_db
def test_regions_are_known_by_every_usual_name_and_a_city_before_its_namesake() -> None:
    load_regions()
    names = region_names(Region.objects.select_related("parent"))
    table = guess_table(
        csv_file(
            "名称,所在地\n"
            + "".join(
                f"甲,{name}\n"
                for name in [
                    "郴州",
                    "衡阳",
                    "衡阳县",
                    "郴州市桂阳县",
                    "桂阳",
                    "湖南郴州桂阳县",
                    "江华",
                    "湘西州",
                    "430100",
                ]
            )
        )
    )
    rows = rows_of(
        table, Column("name", "名称"), Column("place", "所在地", column_kinds.REGION), related={"place": names}
    )
    found = [row.values["place"] for row in rows]
    assert found == ["431000", "430400", "430421", "431021", "431021", "431021", "431129", "433100", "430100"]
    for region in Region.objects.select_related("parent"):
        assert [one.key for one in names[region.name]] == [region.pk]
    assert "广州" not in names


@pytest.mark.django_db
def test_every_county_is_found_with_and_without_its_city_and_a_doubtful_name_is_told_with_candidates() -> None:
    """Never the first of several (traps R4)."""
    load_regions()
    counties = list(Region.objects.exclude(level__in=("province", "city")).select_related("parent"))
    related = {"place": region_names(counties)}
    columns = Column("name", "名称"), Column("place", "县市区", column_kinds.REGION)
    for county in counties:
        city = county.parent
        assert city is not None
        before = (
            "",
            city.name,
            city.short_name,
            f"湖南省{city.name}",
            f"{city.name} ",
            f"{city.name}/",
            f"{city.name}-",
        )
        written = "".join(f"甲,{prefix}{county.name}\n" for prefix in before)
        rows = rows_of(guess_table(csv_file(f"名称,县市区\n{written}")), *columns, related=related)
        assert [row.values.get("place") for row in rows] == [county.pk] * len(before), county.name
    table = guess_table(csv_file("名称,县市区\n甲,江华县\n乙,衡阳\n丙,芙容区\n丁,郴州市\n"))
    found = [
        (row.values.get("place"), "".join(each.message for each in row.findings))
        for row in rows_of(table, *columns, related=related)
    ]
    assert found[0] == ("431129", "")
    assert found[1] == (None, "“衡阳”有 2 个：衡阳市衡阳县、衡阳市。写明是哪一个。")
    assert found[2][0] is None and "没有“芙容区”这个县市区。名称相近的有长沙市芙蓉区" in found[2][1]
    assert found[3][0] is None and "没有“郴州市”这个县市区" in found[3][1]


def test_several_records_of_a_name_are_named_and_none_is_written() -> None:
    """Never the first of several (traps R4)."""
    related = {"park": {"东园": (NamedRecord(1, "东园（长沙）"), NamedRecord(2, "东园（郴州）"))}}
    table = guess_table(csv_file("名称,园区\n甲,东　园\n"))
    (row,) = rows_of(table, Column("name", "名称"), Column("park", "园区"), related=related)
    assert "park" not in row.values
    assert [finding.message for finding in row.findings] == [
        "“东　园”有 2 个：东园（长沙）、东园（郴州）。写明是哪一个。"
    ]
