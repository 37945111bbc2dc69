"""Tests line breaks, table widths and unprintable characters in all file formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from reporting.document_parts import Annex, Chart, Figure, Heading, Paragraph, Table
from reporting.renderers.column_widths import lay_out_columns
from reporting.renderers.line_breaks import LINE_EMS, break_column_head, break_title, text_width
from reporting.renderers.page_measures import TYPE_WIDTH_MM
from reporting.renderers.tests import sample_documents
from reporting.renderers.text_for_all_formats import PrintedTable, UnprintableCharacter, all_texts, printed_text


def test_annexes_are_numbered_when_there_are_several() -> None:
    both = printed_text(sample_documents.sample_bulletin())
    one = printed_text(
        replace(sample_documents.sample_bulletin(), annexes=sample_documents.sample_bulletin().annexes[:1])
    )

    assert [annex.label for annex in both.annexes] == ["附件1", "附件2"]
    assert both.annex_names == (
        "1. 2013年1-5月各市州加工贸易进出口情况表",
        "2. 2013年1-5月各市州承接产业转移项目情况表",
    )
    assert ([annex.label for annex in one.annexes], one.annex_names) == (
        ["附件"],
        ("2013年1-5月各市州加工贸易进出口情况表",),
    )


def test_the_list_of_copies_ends_with_a_full_stop_and_the_addressees_with_a_colon() -> None:
    content = printed_text(sample_documents.sample_bulletin())

    assert content.copies == "省政府办公厅，省统计局，长沙海关。"
    assert content.addressees == "各市州商务(招商、经济合作)局："
    assert (content.dated, content.printed) == ("2013年6月14日", "2013年6月14日印发")
    assert content.remarks == ("（此件公开发布）",)


def test_a_table_does_not_repeat_the_title_of_its_annex() -> None:
    words = all_texts(printed_text(sample_documents.sample_bulletin()))

    assert words.count("2013年1-5月各市州加工贸易进出口情况表") == 1


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u200b", "\u202e", "\ue000", "\ud800", "\uffff"])
def test_an_unprintable_character_is_refused_by_every_format(character: str) -> None:
    document = replace(
        sample_documents.document_of_plain_text(), blocks=(Paragraph((f"全省进出口{character}保持增长",)),)
    )

    with pytest.raises(UnprintableCharacter, match=f"U\\+{ord(character):04X}），在“全省进出口保持增长”处"):
        printed_text(document)


def copies_with_text_added(part: Any, text: str) -> Iterator[Any]:
    """Yield copies of a document part, each with `text` appended to a different one of its texts."""
    if isinstance(part, str):
        yield part + text
    elif isinstance(part, tuple):
        for place, inner in enumerate(part):
            yield from ((*part[:place], changed, *part[place + 1 :]) for changed in copies_with_text_added(inner, text))
    elif is_dataclass(part) and not isinstance(part, Chart | type):
        for field in fields(part):
            if field.name != "code":
                yield from (
                    replace(part, **{field.name: changed})
                    for changed in copies_with_text_added(getattr(part, field.name), text)
                )


def test_an_unprintable_character_is_found_in_every_part_of_the_document() -> None:
    table = Table("表", "单位：个", ("市州", "个数"), (("长沙", Figure("3", "demo.3")),), ("注：演示",))
    document = replace(
        sample_documents.sample_bulletin(),
        blocks=(Heading("一、情况"), Paragraph(("正文",), lead=("要点。",)), table),
        annexes=(Annex("附表", (table,)),),
    )
    changed = list(copies_with_text_added(document, "\ue000"))

    assert len(changed) == 28
    for each in changed:
        with pytest.raises(UnprintableCharacter):
            printed_text(each)
    assert all(
        "甲 乙" in "".join((*all_texts(printed_text(each)), printed_text(each).mark))
        for each in copies_with_text_added(document, "甲\n\t乙")
    )


def test_line_breaks_and_tabs_in_a_text_become_one_space() -> None:
    document = replace(sample_documents.document_of_plain_text(), blocks=(Paragraph(("甲\r\n\t乙",)),))

    assert "甲 乙" in all_texts(printed_text(document))


@pytest.mark.parametrize(
    ("title", "broken"),
    [
        (
            "关于2013年1-5月全省承接产业转移和加工贸易情况的通报",
            ("关于2013年1-5月全省承接产业转移", "和加工贸易情况的通报"),
        ),
        ("关于表扬2013年度先进单位的通报", ("关于表扬2013年度先进单位的通报",)),
        ("2013年1-5月各市州承接产业转移项目情况表", ("2013年1-5月各市州", "承接产业转移项目情况表")),
    ],
)
def test_a_title_is_broken_at_whole_words(title: str, broken: tuple[str, str] | tuple[str]) -> None:
    assert break_title(title) == broken


@pytest.mark.parametrize("title", ["字" * 75, "a" * 200, "关于" * 30, "2013" * 30])
def test_any_title_is_broken_into_fitting_lines_without_losing_text(title: str) -> None:
    lines = break_title(title)

    assert "".join(lines) == title
    assert max(map(text_width, lines)) <= LINE_EMS


def test_a_column_head_is_broken_at_whole_words() -> None:
    assert break_column_head("完成率排名", 1.0) == ("完成率", "排名")
    assert break_column_head("累计", 1.0) == ("累计",)


def test_columns_fill_the_type_area_and_keep_every_number_on_one_line() -> None:
    table = printed_text(sample_documents.sample_bulletin()).annexes[0].items[0]
    assert isinstance(table, PrintedTable)
    laid = lay_out_columns(table)

    assert sum(laid.widths) == pytest.approx(TYPE_WIDTH_MM)
    assert laid.size >= 9
    assert (laid.sides[0], laid.sides[1], laid.sides[5]) == ("centre", "centre", "right")


def test_a_table_of_long_texts_is_narrowed_to_the_type_area() -> None:
    table = Table("表", "", tuple("甲乙丙丁"), tuple((("很长的项目名称" * 9,) * 4) for _ in range(3)))
    (item,) = (
        printed_text(replace(sample_documents.document_of_plain_text(), annexes=(Annex("表", (table,)),)))
        .annexes[0]
        .items
    )
    assert isinstance(item, PrintedTable)

    assert sum(lay_out_columns(item).widths) == pytest.approx(TYPE_WIDTH_MM)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": (("一",),)},
        {"summary_rows": (1,)},
        {"charts": (Chart("图", 2),)},
    ],
)
def test_a_table_with_rows_or_positions_that_do_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="表"):
        Table(
            **{
                "caption": "表",
                "unit": "",
                "header": ("甲", "乙"),
                "rows": (("一", Figure("2", "x", Decimal(2))),),
                **change,
            }
        )
