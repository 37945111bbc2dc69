"""Tests the search by parts of names and codes and by pinyin initials.

There is one normal form; the index serves it.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from hunan_trade.lists.search import text_search
from hunan_trade.lists.tests.sample_firm_list import Firm, firm
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.text_cleaning import UNSEEN, normal_form_for_comparison

FIELDS = ("name", "code")


def found(typed: str) -> list[str]:
    """Return the names of the firms that are found, in the order of a list."""
    rows = text_search.filter_by_text(Firm.objects.all(), typed, fields=FIELDS)
    return [
        each.name
        for each in rows.order_by(*text_search.whole_match_ordering(rows, typed, fields=FIELDS), "name_order", "pk")
    ]


def ask(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


# --- What is found --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        "蓝",
        "思",
        "蓝思",
        "思科技",
        "长沙蓝思科技",
        "l",
        "ls",
        "cslskj",
        "zslskj",
        "LS",
        "K",
        "k-0",
        "0167",
        "蓝 思",
        "Ｋ－０",
    ],
)
def test_any_part_of_a_name_its_code_or_its_initials_finds_it(typed: str, firms_table: None) -> None:
    firm("长沙蓝思科技", "K-0167")
    firm("衡阳富泰宏", "Q-9")
    assert found(typed) == ["长沙蓝思科技"]


@pytest.mark.parametrize("typed", ["思蓝", "蓝科", "lk", "衡阳蓝思", "%", "_", "N", "\\", "K_0", "沙N", "sk-0", "7长"])
def test_what_stands_nowhere_together_finds_nothing(typed: str, firms_table: None) -> None:
    firm("长沙蓝思科技", "K-0167")
    assert found(typed) == []


def test_whoever_types_a_whole_code_or_name_finds_that_one_first(firms_table: None) -> None:
    for name, code in (("阿长沙科技二期", "X-1"), ("长沙科技", "X-10"), ("波湘江", "X-100")):
        firm(name, code)
    assert found("X-10") == ["长沙科技", "波湘江"] and found("x－１") == ["阿长沙科技二期", "波湘江", "长沙科技"]
    assert found("长沙科技") == ["长沙科技", "阿长沙科技二期"] == found("cskj")


def test_where_no_whole_name_is_typed_the_order_is_the_lists(firms_table: None) -> None:
    for name in ("湘江二期", "阿湘江", "湘江一期"):
        firm(name)
    assert found("湘江") == ["阿湘江", "湘江二期", "湘江一期"]


def test_nothing_typed_filters_nothing(firms_table: None) -> None:
    firm("长沙蓝思科技")
    assert found("") == found(" \u3000\u200b") == ["长沙蓝思科技"]


def test_a_field_without_a_stored_text_is_searched_in_the_same_way(firms_table: None) -> None:
    firm("长沙蓝思科技", note="重庆　分部")
    firm("衡阳富泰宏", note="常宁")
    for typed in ("庆", "重庆", "重庆分部", "cqfb", "ZQ"):
        assert [each.name for each in text_search.filter_by_text(Firm.objects.all(), typed, fields=("note",))] == [
            "长沙蓝思科技"
        ]


def test_the_search_text_follows_every_way_of_writing(firms_table: None) -> None:
    one = firm("长沙蓝思科技")
    Firm.objects.filter(pk=one.pk).update(name="衡阳富泰宏")
    assert found("蓝思") == [] and found("hyfth") == ["衡阳富泰宏"]
    ask("UPDATE lists_tests_firm SET name = %s RETURNING 1", "郴州台达")
    assert found("czt") == ["郴州台达"]


# --- One normal form (traps R7) -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed", ["岳阳城陵矶", "岳阳　城陵矶", "岳阳 城陵矶", "岳阳\u00a0城陵矶", "岳\u200b阳城陵矶", "\ufeff岳阳城陵矶"]
)
@pytest.mark.parametrize("stored", ["岳阳　城陵矶", "岳阳城陵矶", "岳阳\u2060城\u00ad陵矶"])
def test_what_cannot_be_seen_tells_no_names_apart(stored: str, typed: str, firms_table: None) -> None:
    """Full-width, no-break and zero-width blanks are none for search; what was typed is stored (traps R7)."""
    firm(stored)
    assert found(typed) == [stored]


def test_width_case_and_encoding_tell_no_names_apart(firms_table: None) -> None:
    """(traps R7)"""
    firm("ＡＢＣ（长沙）Café")
    for typed in ("abc(长沙", "ＡＢＣ（", "café", "cafe\u0301", "ABC(CS)"):
        assert found(typed) == ["ＡＢＣ（长沙）Café"], typed


@pytest.mark.django_db
def test_the_database_has_the_same_normal_form() -> None:
    """Every character that both know (traps R7)."""
    signs = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    texts = ["".join(signs[at : at + 40]) for at in range(0, len(signs), 40)]
    answers = ask("SELECT lists_normal_form(text) FROM unnest(%s) WITH ORDINALITY AS t(text, n) ORDER BY n", texts)
    assert [
        text for text, (answer,) in zip(texts, answers, strict=True) if normal_form_for_comparison(text) != answer
    ] == []


def test_what_is_unseen_are_blanks_controls_and_formats() -> None:
    signs = [chr(code) for code in range(1, 0x110000)]
    unseen = {sign for sign in signs if unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")}
    ours = {sign for sign in signs if not normal_form_for_comparison(sign)}
    assert unseen - ours == set() and UNSEEN.startswith("[") and "\u3164" in ours


@given(st.text(), st.text())
def test_the_normal_form_of_a_normal_form_is_itself(first: str, second: str) -> None:
    assert normal_form_for_comparison(normal_form_for_comparison(first)) == normal_form_for_comparison(first)


# --- Readings (traps S2) --------------------------------------------------------------------------------------------
USUAL = {
    "长沙市": "css", "株洲市": "zzs", "湘潭市": "xts", "衡阳市": "hys", "邵阳市": "sys", "岳阳市": "yys", "常德市": "cds",
    "张家界市": "zjjs", "益阳市": "yys", "郴州市": "czs", "永州市": "yzs", "怀化市": "hhs", "娄底市": "lds",
    "湘西土家族苗族自治州": "xxtjzmzzzz", "重庆": "cq", "耒阳市": "lys", "汨罗市": "mls", "澧县": "lx", "醴陵市": "lls",
    "攸县": "yx", "溆浦县": "xpx", "芷江侗族自治县": "zjdzzzx", "沅江市": "yjs", "泸溪县": "lxx", "茶陵县": "clx",
    "会同县": "htx", "石门县": "smx", "华容县": "hrx", "宜章县": "yzx", "汝城县": "rcx", "涟源市": "lys", "道县": "dx",
    "中国银行": "zgyh", "覃家岗": "qjg", "曾氏": "zs", "重工": "zg", "乐器": "yq", "调度": "dd",
}  # fmt: skip


@pytest.mark.parametrize("name", USUAL)
def test_a_name_is_found_by_its_usual_initials(name: str, firms_table: None) -> None:
    """Polyphones in every reading, Hunan's places above all (traps S2)."""
    firm(name)
    assert found(USUAL[name]) == [name]


@pytest.mark.django_db
def test_every_place_of_the_province_is_found_by_its_initials() -> None:
    """By those of pypinyin's readings of whole words, which the search text does not use (traps S2)."""
    regions.load_regions()
    texts: dict[str, str] = dict(ask("SELECT name, lists_search_text(name) FROM regions_region"))
    initials = {name: "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)) for name in texts}
    assert len(texts) > 130
    assert [name for name in texts if f"P{'P'.join(initials[name])}P" not in texts[name]] == []


def _spellings(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.startswith("P"))


@pytest.mark.django_db
def test_a_long_name_has_no_more_spellings_than_are_worth_it() -> None:
    ((text,),) = ask("SELECT lists_search_text(%s)", "长" * 60)
    spellings = _spellings(text).split("\n")
    assert len(spellings) == 16 and {len(each) for each in spellings} == {123}
    assert f"P{'P'.join('c' * 60)}P60" in spellings


# --- Order (traps V9) -----------------------------------------------------------------------------------------------
def test_names_are_ordered_by_pinyin(firms_table: None) -> None:
    """The same order on every machine: by a key of the database's own functions (traps V9)."""
    names = [
        "ABB长沙",
        "安化",
        "常德",
        "长沙",
        "郴州",
        "衡阳",
        "怀化",
        "娄底",
        "邵阳",
        "湘潭",
        "湘西",
        "永州",
        "岳阳",
        "张家界",
        "重工",
        "株洲",
    ]
    for name in reversed(names):
        firm(name)
    assert [each.name for each in Firm.objects.order_by("name_order")] == names


# --- Indexes (traps S1) ---------------------------------------------------------------------------------------------
def many_firms() -> None:
    """Insert 20,000 firms with the codes Z1, Z2, … and random characters before 有限公司."""
    signs = "衡阳富泰宏精密工业电子箱包服饰鞋业陶瓷烟花竹木化工医药机械食品纺织"
    ask(
        "INSERT INTO lists_tests_firm (code, name, city_id, kind, lines, phone)"
        " SELECT 'Z' || n, (SELECT string_agg(substr(%s, 1 + (n * 7 + i * i * 3) %% 30, 1), '') || '有限公司'"
        " FROM generate_series(1, 9) i), '430100', '', '{}', '' FROM generate_series(1, 20000) n RETURNING 1",
        signs,
    )
    firm("蓝思科技有限公司镕", "T-0167")
    ask("SELECT gin_clean_pending_list('firm_search')")
    ask("ANALYZE lists_tests_firm; SELECT 1")


def test_the_index_serves_words_of_any_length(firms_table: None) -> None:
    """Plans for one, two, three and more characters (traps S1)."""
    many_firms()
    for typed in ("镕", "蓝思", "蓝思科", "蓝思科技有限", "lskjyxgs", "lsk", "T-0167"):
        plan = text_search.filter_by_text(Firm.objects.all(), typed, fields=FIELDS).explain()
        assert "firm_search" in plan and "Seq Scan" not in plan, (typed, plan)
        assert found(typed) == ["蓝思科技有限公司镕"], typed


def test_the_first_page_of_a_frequent_word_is_read_in_the_lists_order(firms_table: None) -> None:
    """Neither for the page nor to look for a whole name are all rows read that contain the word."""
    many_firms()
    for typed in ("司", "公司", "有限公司", "yxgs"):
        rows = text_search.filter_by_text(Firm.objects.all(), typed, fields=FIELDS)
        order = text_search.whole_match_ordering(rows, typed, fields=FIELDS)
        plan = rows.order_by(*order, "code", "pk")[:51].explain()
        assert "_code" in plan and "Seq Scan" not in plan, (typed, plan)


@pytest.mark.django_db
def test_a_database_that_takes_no_chinese_for_letters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """(traps S1)"""
    assert text_search.check_database_locale() == text_search.check_database_locale(databases=["default"]) == []
    monkeypatch.setattr(text_search, "LETTER_TEST", "SELECT '蓝' COLLATE \"C\" ~ '^[[:alpha:]]$'")
    (error,) = text_search.check_database_locale(databases=["default"])
    assert "查不到" in error.msg
