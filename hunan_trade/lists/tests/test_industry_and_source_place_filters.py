"""Tests the filters by industry and source place, and what imports read in their columns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.industries.actions_load_industries import load_industries
from hunan_trade.industries.models import Industry
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.related_record_names import related_names
from hunan_trade.lists.imports.table_in_sheet import guess_table
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import csv_file, workbook
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table
from hunan_trade.lists.tests.test_import_cell_conversion import rows_of
from hunan_trade.regions.actions_load_reference_tables import load_source_places
from hunan_trade.regions.models import SourcePlace

pytestmark = pytest.mark.django_db
SOURCES = {"深": "440300", "广": "440000", "温": "330300", "台": "710000", "德": "DEU", "新": "SGP", "无": None}


@pytest.fixture
def officer() -> User:
    create_ventures_table()
    load_industries()
    load_source_places()
    return cast.officer()


def venture(name: str, **fields: Any) -> None:
    Venture.objects.create(name=name, city_id=cast.CHANGSHA, **fields)


def ask(user: User, query: str) -> ListQuery:
    return ListQuery(VENTURES, user, QueryDict(query))


def names(user: User, query: str) -> set[str]:
    return {each.name for each in ask(user, query).rows}


# --- Filters --------------------------------------------------------------------------------------------------------
def test_an_industry_comes_with_all_below_it(officer: User) -> None:
    for name, code in (("门", "C"), ("大", "39"), ("中", "391"), ("别", "401"), ("农", "011"), ("无", None)):
        venture(name, industry_id=code)
    assert names(officer, "industry=C") == {"门", "大", "中", "别"}
    assert names(officer, "industry=39") == {"大", "中"} and names(officer, "industry=391") == {"中"}
    assert names(officer, "industry=39&industry=A") == {"大", "中", "农"}
    assert names(officer, "industry=C&industry_not=on") == {"农", "无"} and names(officer, "industry=blank") == {"无"}
    asked = ask(officer, "industry=A&industry=391")
    assert [chip.text for chip in asked.chips()] == ["行业 A 农、林、牧、渔业、391 计算机制造"]


def test_a_source_is_filtered_by_place_or_by_region_of_the_plan(officer: User) -> None:
    for name, code in SOURCES.items():
        venture(name, source_id=code)
    assert names(officer, "source=440000") == {"深", "广"} and names(officer, "source=440300") == {"深"}
    assert names(officer, "source=yangtze-delta") == {"温"} == names(officer, "source=west-strait")
    assert names(officer, "source=pearl-delta&source=DEU") == {"深", "广", "德"}
    assert names(officer, "source=hongkong-taiwan&source=asean&source_not=on") == {"深", "广", "温", "德", "无"}
    assert [chip.text for chip in ask(officer, "source=pearl-delta&source=DEU").chips()] == ["来源地 珠三角、德国"]


def test_an_unknown_code_is_refused_with_a_sentence(officer: User) -> None:
    for query in ("industry=U", "industry=3999", "source=XYZ", "source=长三角"):
        name, _, code = query.partition("=")
        asked = ask(officer, query)
        assert not asked.rows.exists()
        assert asked.filterset.form.errors == {name: [f"“{code}”不在可选范围，从列出的里选。"]}


def test_the_boxes_fold_and_the_chosen_ones_stand_in_front(officer: User) -> None:
    """A group, which has no box of its own, has one where the address names it, so that the form does not lose it."""
    page = str(ask(officer, "industry=39&industry=391").filterset.form["industry"])
    front = page[: page.index("<details>")]
    assert re.findall('value="(\\w+)"\\s+id="[^"]+"\\s+checked', front) == ["39", "391"]
    assert page.count("checked") == 2 and page.count("<details>") == 20 and "C 制造业</summary>" in page
    codes = re.findall('name="industry" value="(\\w+)"', page)
    assert len(codes) == len(set(codes)) == 20 + 96 + 2 and '"392"' not in page
    page = str(ask(officer, "").full_filterset.form["source"])
    front, _, folded = page.partition("<details>")
    assert front.count('type="checkbox"') == 8 and "长三角" in front and "空" in front
    assert [*re.findall("<summary>(.+)</summary>", page)] == ["省区市", "港澳台", "国家和地区"]
    assert 'value="440300"' in folded and "checked" not in page


def test_choices_are_read_once_and_again_when_a_name_changes(officer: User) -> None:
    ask(officer, "industry=C&source=DEU").chips()
    with CaptureQueriesContext(connection) as captured:
        ask(officer, "industry=C&source=DEU").chips()
    asked = " ".join(query["sql"] for query in captured)
    assert "industries_change" in asked and not re.search("industries_industry|regions_sourceplace", asked)
    Industry.objects.filter(pk="C").update(name="制造")
    SourcePlace.objects.filter(pk="DEU").update(short_name="德意志")
    found = [chip.text for chip in ask(officer, "industry=C&source=DEU").chips()]
    assert found == ["行业 C 制造", "来源地 德意志"]


# --- Columns and imports --------------------------------------------------------------------------------------------
COLUMNS = (
    Column("name", "名称"),
    Column("industry", "行业", column_kinds.INDUSTRY),
    Column("source", "来源地", column_kinds.SOURCE_PLACE),
)


def read(user: User, column: str, *texts: str) -> list[Any]:
    """Return the key that each text is read as in a column of ventures, or the sentence that refuses it."""
    title = {each.key: each.title for each in COLUMNS}[column]
    table = guess_table(csv_file(f"名称,{title}\n" + "".join(f'甲,"{text}"\n' for text in texts)))
    return results(user, table, column)


def results(user: User, table: Any, column: str) -> list[Any]:
    columns = [each for each in COLUMNS if each.key in ("name", column)]
    related = related_names(Venture, columns[1:], user)
    rows = rows_of(table, *columns, related=related)
    return [row.values.get(column) or "".join(each.message for each in row.findings) for row in rows]


def test_an_industry_is_read_by_code_full_name_and_short_name(officer: User) -> None:
    texts = (
        "39",
        "C39",
        "c 391",
        "391 计算机制造",
        "计算机、通信和其他电子设备制造业",
        "计算机 制造",
        "C",
        "农林牧渔业",
    )
    assert read(officer, "industry", *texts) == ["39", "39", "391", "391", "39", "391", "C", "A"]
    assert read(officer, "industry", "汽车", "纺织", "专用设备") == ["36", "17", "35"]
    assert read(officer, "industry", "房地产业", "国际组织", "教育", "K 房地产业") == ["70", "960", "82", "K"]
    unknown, alike, wrong = read(officer, "industry", "3999", "计算机制造厂", "B39")
    assert unknown.startswith("没有“3999”这个行业。") and unknown.endswith("核对名称，写全称。")
    assert alike.startswith("没有“计算机制造厂”这个行业。名称相近的有计算机制造（391）")
    assert wrong.startswith("没有“B39”这个行业。")


def test_a_code_that_may_have_lost_its_zero_says_how_it_was_read(officer: User) -> None:
    table = guess_table(workbook(["名称", "行业"], ["甲", 11], ["乙", "11"], ["丙", 1], ["丁", 382]))
    related = related_names(Venture, COLUMNS[1:2], officer)
    rows = [(row.values["industry"], row.findings) for row in rows_of(table, *COLUMNS[:2], related=related)]
    assert [key for key, _ in rows] == ["11", "11", "01", "382"]
    assert [[each.message for each in findings] for _, findings in rows] == [
        ["编号存成了数，前面有没有 0 看不出来，按“开采辅助活动（11）”。"],
        [],
        ["编号存成了数，前面有没有 0 看不出来，按“农业（01）”。"],
        [],
    ]


def test_every_industry_and_place_comes_back_as_its_export_writes_it(officer: User) -> None:
    for column, model, kind in (
        ("industry", Industry, column_kinds.INDUSTRY),
        ("source", SourcePlace, column_kinds.SOURCE_PLACE),
    ):
        records = list(model._default_manager.all())
        texts = [str(kind.file_value(record)) for record in records]
        assert read(officer, column, *texts) == [record.pk for record in records]
        assert read(officer, column, *(record.pk for record in records)) == [record.pk for record in records]


def test_a_source_place_is_read_by_its_usual_names(officer: User) -> None:
    texts = (
        "广东",
        "广东省",
        "广东深圳",
        "广东省/深圳市",
        "中国台湾",
        "香港特别行政区",
        "江 苏",
        "内蒙古",
        "德国",
        "JPN",
        "刚果(金)",
    )
    codes = ["440000", "440000", "440300", "440300", "710000", "810000", "320000", "150000", "DEU", "JPN", "COD"]
    assert read(officer, "source", *texts) == codes
    (region, wrong) = read(officer, "source", "长三角", "浙江深圳")
    assert region == "没有“长三角”这个来源地。核对名称，写全称。"
    assert wrong.startswith("没有“浙江深圳”这个来源地。名称相近的有") and "深圳市" in wrong


def test_pages_show_short_names(officer: User) -> None:
    industry, place = Industry.objects.get(pk="391"), SourcePlace.objects.get(pk="440300")
    assert [column_kinds.INDUSTRY.markup(industry), column_kinds.SOURCE_PLACE.markup(place)] == ["计算机制造", "深圳"]
    assert [column_kinds.INDUSTRY.file_value(industry), column_kinds.SOURCE_PLACE.file_value(place)] == [
        "391 计算机制造",
        "深圳市",
    ]
    shown = {column.key: column.kind for column in VENTURES.columns}
    assert (shown["industry"], shown["source"]) == (column_kinds.INDUSTRY, column_kinds.SOURCE_PLACE)
