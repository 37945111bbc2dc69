"""Tests that users can edit the words of a draft's paragraph but not its numbers."""

from __future__ import annotations

import pytest

from hunan_trade.workflow import MoveRefused
from reporting.document_parts import Document, Figure, Head, Paragraph
from reporting.wording_edits import apply_edits, reword_paragraph, still_applicable_edits, text_with_bracketed_figures

DRAFT = Paragraph(
    ("上半年，全省实现", Figure("28.68", "a"), "亿美元，同比增长", Figure("43.9%", "b"), "，世界500强"),
    lead=("（一）紧盯目标。",),
)


def test_the_editor_shows_figures_in_marks_and_an_unchanged_text_changes_nothing() -> None:
    assert (
        text_with_bracketed_figures(DRAFT)
        == "（一）紧盯目标。上半年，全省实现‹28.68›亿美元，同比增长‹43.9%›，世界500强"
    )
    assert reword_paragraph(DRAFT, text_with_bracketed_figures(DRAFT)) == DRAFT


def test_words_and_order_may_change_and_each_figure_keeps_its_code() -> None:
    told = reword_paragraph(DRAFT, "（一）抓紧。同比增长‹43.9%›，达到‹28.68›亿美元，7月20日前报省厅，世界500强")
    assert told.lead == ("（一）抓紧。",)
    assert [run.code for run in told.runs if isinstance(run, Figure)] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("实现‹28.69›亿美元，增长‹43.9%›", "28.69"),
        ("实现‹28.68›亿美元", "少了 43.9%"),
        ("实现‹28.68›亿美元，‹28.68›，增长‹43.9%›", "用了两次"),
        ("实现‹28.68›亿美元，增长‹43.9%›，净增10", "“10”没有数据来源"),
        ("实现‹28.68›亿美元，增长‹43.9%›，占９成", "“9”没有数据来源"),
        ("实现‹28.68›亿美元，增长‹43.9%›，占百分之九", "没有数据来源"),
        ("实现28.68亿美元，增长‹43.9%›", "没有数据来源"),
        ("实现‹28.68›亿美元，增长‹43.9%››", "成对"),
        ("  ", "不能为空"),
    ],
)
def test_a_lost_changed_or_new_number_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MoveRefused, match=reason):
        reword_paragraph(DRAFT, text)


def test_an_edit_carries_over_to_a_new_draft_only_where_the_drafted_text_is_unchanged() -> None:
    document = Document(Head("厅", "题", "", ""), (DRAFT,))
    words = {text_with_bracketed_figures(DRAFT): "只有‹28.68›和‹43.9%›", "别的段落": "改过"}
    assert still_applicable_edits(words, document) == {text_with_bracketed_figures(DRAFT): "只有‹28.68›和‹43.9%›"}
    (paragraph,) = apply_edits(document, words).blocks
    assert isinstance(paragraph, Paragraph) and text_with_bracketed_figures(paragraph) == "只有‹28.68›和‹43.9%›"
