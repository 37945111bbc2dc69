"""Tests the filters of lists, with what each selects, its wording, and its error messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Summary
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.pages import list_page_contexts
from hunan_trade.lists.tests.sample_firm_list import FIRMS, Firm, firm
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region

pytestmark = pytest.mark.usefixtures("firms_table")
CHANGSHA, HENGYANG, LEIYANG = "430100", "430400", "430481"


@pytest.fixture
def officer() -> User:
    regions.load_regions()
    return cast.officer()


def ask(user: User, query: str) -> ListQuery:
    return ListQuery(FIRMS, user, QueryDict(query))


def names(user: User, query: str) -> set[str]:
    return {each.name for each in ask(user, query).rows}


def words(user: User, query: str) -> list[str]:
    return [chip.text for chip in ask(user, query).chips()]


def errors(user: User, query: str) -> dict[str, list[str]]:
    """Return the sentences beside the fields; nothing is listed then."""
    found = ask(user, query)
    assert found.is_valid is not bool(found.filterset.form.errors)
    assert found.is_valid or not found.rows.exists()
    return {name: list(sentences) for name, sentences in found.filterset.form.errors.items()}


# --- Choices --------------------------------------------------------------------------------------------------------
def test_any_of_several_choices(officer: User) -> None:
    firm("甲", kind="assembly"), firm("乙", kind="parts"), firm("丙", kind="service"), firm("丁")
    assert names(officer, "kind=assembly&kind=parts") == {"甲", "乙"}
    assert words(officer, "kind=assembly&kind=parts") == ["类型 组装、零部件"]
    assert names(officer, "kind=assembly&kind=parts&kind_not=on") == {"丙", "丁"}
    assert words(officer, "kind=parts&kind_not=on") == ["类型 不是零部件"]
    assert names(officer, "kind=blank") == {"丁"} and names(officer, "kind=blank&kind=parts") == {"乙", "丁"}
    assert words(officer, "kind=blank") == ["类型 空"]
    assert names(officer, "kind_not=on") == {"甲", "乙", "丙", "丁"} and words(officer, "kind_not=on") == []


def test_a_record_with_several_codes_is_let_through_by_any_of_them(officer: User) -> None:
    firm("甲", lines=["assembly", "parts"]), firm("乙", lines=["service"]), firm("丙")
    assert names(officer, "lines=parts&lines=service") == {"甲", "乙"}
    assert names(officer, "lines=parts&lines_not=on") == {"乙", "丙"} and names(officer, "lines=blank") == {"丙"}


def test_a_region_comes_with_all_below_it(officer: User) -> None:
    for name, place in (("省", "430000"), ("衡阳", HENGYANG), ("耒阳", LEIYANG), ("长沙", CHANGSHA), ("无", None)):
        firm(name, region_id=place)
    assert names(officer, f"region={HENGYANG}") == {"衡阳", "耒阳"}
    assert names(officer, f"region={HENGYANG}&region_not=on") == {"省", "长沙", "无"}
    assert words(officer, f"region={HENGYANG}&region=blank") == ["所在地 衡阳市、空"]


def test_own_words_are_resolved_for_whoever_looks(officer: User) -> None:
    """本市 and 我 in one address show each reader their own (traps V4)."""
    one, other = cast.reporter(CHANGSHA), cast.reporter(HENGYANG)
    for name, city, owner in (("沙", CHANGSHA, one), ("衡", HENGYANG, other), ("山", HENGYANG, None)):
        firm(name, city_id=city, owner=owner)
    assert names(one, "city=own") == {"沙"} and names(other, "city=own") == {"衡", "山"}
    assert names(one, "owner=me") == {"沙"} and names(other, "owner=me") == {"衡"}
    assert names(officer, "owner=me") == set() and names(officer, "owner=me&owner_not=on") == {"沙", "衡", "山"}
    assert words(one, "city=own&owner=me") == ["市州 本市", "联系人 我"]
    assert errors(officer, "city=own") == {"city": ["“own”不在可选范围，从列出的里选。"]}


# --- Ranges ---------------------------------------------------------------------------------------------------------
def test_days_from_and_to_are_both_included(officer: User) -> None:
    for day in (1, 2, 3):
        firm(str(day), signed_on=date(2013, 6, day))
    firm("无")
    assert names(officer, "signed_on_after=2013-06-02") == {"2", "3"}
    assert names(officer, "signed_on_before=2013.6.2") == {"1", "2"}
    assert names(officer, "signed_on_after=20130602&signed_on_before=2013年6月2日") == {"2"}
    assert words(officer, "signed_on_after=2013-06-02&signed_on_before=2013-06-30") == [
        "签约日期 2013-06-02 至 2013-06-30"
    ]
    assert words(officer, "signed_on_after=2013-06-02") == ["签约日期 2013-06-02 起"]
    assert words(officer, "signed_on_before=2013-06-02") == ["签约日期 至 2013-06-02"]


def test_days_of_a_moment_are_cut_in_business_time(officer: User) -> None:
    """1 June 00:30 in Shanghai is still May in UTC, and counts to June (traps P4)."""
    firm("五月", seen_at=datetime(2013, 5, 31, 15, 59, tzinfo=UTC))
    firm("六月", seen_at=datetime(2013, 5, 31, 16, 30, tzinfo=UTC))
    firm("末", seen_at=datetime(2013, 6, 30, 15, 59, 59, tzinfo=UTC))
    firm("七月", seen_at=datetime(2013, 6, 30, 16, 0, tzinfo=UTC))
    assert names(officer, "seen_at_after=2013-06-01&seen_at_before=2013-06-30") == {"六月", "末"}
    for hour in (0, 23):
        with clock.frozen_at(clock.at(date(2013, 6, 30), hour, 30)):
            assert names(officer, "seen_at_in=this_month") == {"六月", "末"}
            assert names(officer, "seen_at_in=last_month") == {"五月"}


def test_a_period_moves_on_with_the_calendar(officer: User) -> None:
    """(traps V4)"""
    firm("六月", signed_on=date(2013, 6, 30)), firm("七月", signed_on=date(2013, 7, 1))
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        assert names(officer, "signed_on_in=this_month") == {"七月"} == names(officer, "signed_on_in=this_quarter")
        assert words(officer, "signed_on_in=this_month") == ["签约日期 本月（2013-07-01 至 2013-07-31）"]
        assert words(officer, "signed_on_in=last_quarter") == ["签约日期 上季度（2013-04-01 至 2013-06-30）"]
    with clock.frozen_at(clock.at(date(2013, 8, 1))):
        assert (
            names(officer, "signed_on_in=last_month") == {"七月"} and names(officer, "signed_on_in=this_month") == set()
        )
    with clock.frozen_at(clock.at(date(2014, 1, 1))):
        assert names(officer, "signed_on_in=last_year") == {"六月", "七月"}


def test_amounts_are_asked_in_wan_and_both_ends_are_included(officer: User) -> None:
    for amount in (2_999_999, 3_000_000, 5_000_000):
        firm(f"{amount}", capital_usd=Decimal(amount))
    firm("无")
    assert names(officer, "capital_usd_min=300") == {"3000000", "5000000"}
    assert names(officer, "capital_usd_max=３００") == {"2999999", "3000000"}
    assert names(officer, "capital_usd_min=300&capital_usd_max=499.9") == {"3000000"}
    assert words(officer, "capital_usd_min=300") == ["合同额 300 万美元以上"]
    assert words(officer, "capital_usd_max=1,200.50") == ["合同额 1,200.5 万美元以下"]
    assert words(officer, "capital_usd_min=100&capital_usd_max=300") == ["合同额 100 至 300 万美元"]


def test_blank_text_and_null_are_one(officer: User) -> None:
    """(traps V5)"""
    firm("null", note=None), firm("blank", note=""), firm("filled", note="有")
    assert names(officer, "note=no") == {"null", "blank"} and names(officer, "note=yes") == {"filled"}
    assert words(officer, "note=no") == ["说明 无"] and words(officer, "note=yes") == ["说明 有"]


BLANKS = st.sampled_from([None, ""])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["", "assembly", "parts"]),
            "lines": st.lists(st.sampled_from(["assembly", "parts"]), unique=True),
            "note": st.sampled_from([None, "", "有"]),
            "region_id": st.sampled_from([None, HENGYANG, LEIYANG, CHANGSHA]),
        }
    ),
    max_size=6,
)
CODES = {
    "kind": ["assembly", "parts", "blank"],
    "lines": ["assembly", "parts", "blank"],
    "region": [HENGYANG, CHANGSHA, "blank"],
}


@given(rows=ROWS, data=st.data())
@settings(max_examples=40)
def test_what_is_and_what_is_not_are_all(rows: list[dict[str, Any]], data: st.DataObject, officer: User) -> None:
    """is X + is not X = all, empty + not empty = all, of every filter (traps V5)."""
    Firm.objects.all().delete()
    every = {firm(f"第{at}家", **row).name for at, row in enumerate(rows)}
    for name, codes in CODES.items():
        chosen = data.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
        query = "&".join(f"{name}={code}" for code in chosen)
        assert_parts(every, names(officer, query), names(officer, f"{query}&{name}_not=on"))
    assert_parts(every, names(officer, "note=yes"), names(officer, "note=no"))


def assert_parts(every: set[str], one: set[str], other: set[str]) -> None:
    assert one | other == every and one & other == set()


# --- What cannot be read --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("kind=x", "kind", "“x”不在可选范围，从列出的里选。"),
        ("kind=parts&kind_not=yes", "kind", "“yes”不在可选范围，从列出的里选。"),
        ("city=430000", "city", "“430000”不在可选范围，从列出的里选。"),
        ("owner=1", "owner", "“1”不在可选范围，从列出的里选。"),
        ("note=maybe", "note", "“maybe”不在可选范围，选有或无。"),
        ("signed_on_after=昨天", "signed_on", "“昨天”不是日期。写作 2013-06-30。"),
        ("signed_on_after=2013-02-30", "signed_on", "“2013-02-30”不是日期。写作 2013-06-30。"),
        ("signed_on_after=%C2%85", "signed_on", "“”不是日期。写作 2013-06-30。"),
        ("signed_on_after=2013-06-02&signed_on_before=2013-06-01", "signed_on", "起 2013-06-02 晚于止 2013-06-01，对调后再筛。"),
        ("signed_on_in=someday", "signed_on", "“someday”不是可选的时段。"),
        ("signed_on_in=this_month&signed_on_after=2013-06-02", "signed_on", "“本月”和起止日期只用一种。"),
        ("capital_usd_min=很多", "capital_usd", "“很多”不是数。只填数字，单位是万美元。"),
        ("capital_usd_min=1e9", "capital_usd", "“1e9”不是数。只填数字，单位是万美元。"),
        ("capital_usd_min=5&capital_usd_max=4", "capital_usd", "从 5 大于到 4，对调后再筛。"),
        (f"q={'长' * 61}", "q", "最多 60 字。"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_a_sentence_beside_its_field_and_lists_nothing(
    query: str, field: str, sentence: str, officer: User
) -> None:
    firm("甲", kind="parts")
    assert errors(officer, query) == {field: [sentence]}


@pytest.mark.parametrize(
    "query",
    ["unknown=1", "kind__in=parts", "signed_on=2013-06-01", "capital_usd=3", "kind_max=1", "q=a&q=b", "page=0", "page=x",
     "capital_usd_min=1&capital_usd_min=2", "kind_not=on&kind_not=on", "sort=note__x", "sort=--name", "sort=search_text",
     "columns=name,secret", "note=yes&note=no", "view=1&view=2", "q__contains=1", "="],
)  # fmt: skip
def test_an_unknown_or_doubled_parameter_is_refused(query: str, officer: User) -> None:
    with pytest.raises(BadRequest):
        _ = (asked := ask(officer, query)).rows, asked.columns, asked.page_number


# --- A column with a right of its own (traps V6, S3) ----------------------------------------------------------------
def test_whoever_may_not_see_a_column_does_not_reach_it(officer: User) -> None:
    """Column, filter and sort answer like names that do not exist; the search passes it over (traps V6, S3)."""
    reporter = cast.reporter(CHANGSHA)
    firm("长沙蓝思", phone="13800138000"), firm("长沙台达")
    assert names(officer, "phone=yes") == {"长沙蓝思"} == names(officer, "q=13800138000")
    assert [column.key for column in ask(officer, "columns=phone&sort=phone").columns] == ["phone"]
    assert names(reporter, "q=13800138000") == set() == names(reporter, "q=13800138009")
    search = str(ask(reporter, "q=13800138000").rows.query)
    assert search.count('"phone"') == str(ask(reporter, "").rows.query).count('"phone"'), "no condition, so no time"
    for known, unknown in (("phone=yes", "fax=yes"), ("columns=phone", "columns=fax"), ("sort=-phone", "sort=-fax")):
        assert refusal(reporter, known).replace("phone", "fax") == refusal(reporter, unknown)


def test_sums_of_a_hidden_column_are_said_to_nobody_else(officer: User) -> None:
    """(traps V6)"""
    firm("长沙蓝思", phone="13800138000")
    summed = replace(FIRMS, summary=Summary(("phone",), lambda rows: f"有电话 {rows.exclude(phone='').count()} 家"))
    for reader, sums in ((officer, "有电话 1 家"), (cast.reporter(CHANGSHA), "")):
        context = list_page_contexts.summary_context(ListQuery(summed, reader, QueryDict()), path="/firms/")
        assert (context["count"], context["sums"]) == (1, sums)


def refusal(user: User, query: str) -> str:
    with pytest.raises(BadRequest) as refused:
        _ = (asked := ask(user, query)).columns, asked.rows
    return str(getattr(refused.value, "errors", refused.value))


def test_only_own_rows_are_listed_whatever_is_asked(officer: User) -> None:
    reporter = cast.reporter(CHANGSHA)
    firm("长沙蓝思"), firm("衡阳富泰宏", city_id=HENGYANG)
    queries: Iterable[str] = (
        "",
        f"city={HENGYANG}",
        "city=430100&city_not=on",
        "q=衡阳",
        "q=hy",
        "owner=me&owner_not=on",
        "sort=-city",
    )
    assert {name for query in queries for name in names(reporter, query)} == {"长沙蓝思"}


# --- Addresses (traps V8) -------------------------------------------------------------------------------------------
def test_every_link_keeps_what_else_is_asked_and_begins_at_page_one(officer: User) -> None:
    """(traps V8)"""
    asked = ask(officer, "q=长&kind=parts&kind=service&kind_not=on&note=&sort=-name&columns=name,code&page=3")
    (search, kind) = asked.chips()
    assert kind.remove_url == "?q=%E9%95%BF&sort=-name&columns=name%2Ccode"
    assert search.remove_url == "?kind=parts&kind=service&kind_not=on&sort=-name&columns=name%2Ccode"
    assert asked.page_url(4).endswith("&columns=name%2Ccode&page=4") and "note" not in asked.page_url(4)


def test_region_choices_are_read_once(officer: User, django_assert_num_queries: Any) -> None:
    Region.objects.count()
    with django_assert_num_queries(2):  # the rows, and the cities of the filter that is set
        asked = ask(officer, f"city={CHANGSHA}&city={HENGYANG}&open=filters")
        str(asked.filterset.form["city"])
        assert asked.chips()[0].text == "市州 长沙市、衡阳市"
        list(asked.rows)
