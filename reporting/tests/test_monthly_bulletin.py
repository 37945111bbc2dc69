"""Tests the bulletin's text, composed without a database."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from hunan_trade.indicators.computed_values import USD, Derivation, FigureKey, Value
from hunan_trade.periods import Month
from reporting.content_gathering_and_hashing import (
    FigureMissingFromContent,
    compose_document,
    content_sha256,
    printed_figures,
)
from reporting.document_parts import Document, Figure, Heading, Paragraph, Table
from reporting.figure_ledger import FigureCodeConflict, FigureLedger
from reporting.figure_printer import FigurePrinter
from reporting.kinds.monthly_bulletin import KIND
from reporting.phrases import build_numbered_instructions, build_numbered_sections, growth_phrase
from reporting.renderers.text_for_all_formats import all_texts, printed_text
from reporting.tests.sample_bulletin_content import content
from reporting.wording_edits import text_with_bracketed_figures


def document_text(document: Document) -> str:
    return "\n".join(all_texts(printed_text(document)))


def paragraph_texts(document: Document) -> list[str]:
    return [
        text_with_bracketed_figures(block).replace("‹", "").replace("›", "")
        for block in document.blocks
        if isinstance(block, Paragraph)
    ]


def annex_rows(document: Document, annex: int = 0) -> dict[str, list[str]]:
    (block,) = document.annexes[annex].blocks
    assert isinstance(block, Table)
    return {
        cells[1]: cells for row in block.rows if (cells := [run if isinstance(run, str) else run.text for run in row])
    }


def test_the_bulletin_of_half_a_year_has_the_expected_sentences() -> None:
    document = KIND.compose(content())
    assert document.head.title == "关于2013年上半年全省承接产业转移和加工贸易情况的通报"
    assert document.head.addressees == "各市州商务(招商、经济合作)局"
    lead, trade, *_ = paragraph_texts(document)
    assert lead == (
        "上半年，全省加工贸易较快增长，承接产业转移较快增长，加工贸易达到序时进度，承接产业转移低于序时进度。现将有关情况通报如下："
    )
    assert trade.startswith(
        "上半年，全省加工贸易进出口实现7.88亿美元，同比增长25.0%，完成年度目标任务的78.8%，高于序时进度28.8个百分点。"
        "其中出口4.73亿美元，同比增长25.0%；进口3.15亿美元，同比增长25.0%。6月当月1.31亿美元，同比增长25.0%，与上月持平。"
    )
    assert "余下6个月，全省加工贸易进出口月均要达到0.35亿美元，承接产业转移项目月均要达到369个。" in document_text(
        document
    ).replace("\n", "")


def test_the_sections_stand_in_the_usual_order_of_a_bulletin() -> None:
    headings = [
        line for line in document_text(KIND.compose(content())).split("\n") if line[1:2] == "、" and len(line) < 20
    ]
    assert headings == [
        "一、总体情况",
        "二、各市州情况",
        "三、月报报送情况",
        "四、存在的主要问题",
        "五、下一步工作要求",
    ]


def test_the_first_cities_by_amount_and_growth_and_the_falling_ones_are_named() -> None:
    told = "".join(paragraph_texts(KIND.compose(content(fallen=["430800"]))))
    assert "进出口总量居前五位的是长沙（1.05亿美元）、株洲（0.98亿美元）、湘潭（0.90亿美元）" in told
    assert "负增长的有张家界（下降50.0%）" in told
    assert "张家界加工贸易进出口、新承接项目数同比下降，进度较慢。" in told
    assert "湘南三市合计1.50亿美元" in told


def test_a_city_without_a_return_is_excluded_everywhere_and_named() -> None:
    document = KIND.compose(content(missing=["431000"]))
    text = document_text(document)
    assert "截至7月8日，郴州未报送；本期全省数不含郴州，上年同期同口径扣除，年度目标和序时进度不作扣除。" in text
    assert "（完成数不含郴州）" in text
    assert "湘南三市（不含郴州）合计" in text
    assert "按时报送13个，未报送1个（郴州市）" in text
    rows = annex_rows(document)
    assert rows["郴州（1-5月）"] == ["10", "郴州（1-5月）", "—", "—", "3,125", "25.0", "—", "—", "—", "—", "—"]
    assert "全省合计" in rows and rows["全省合计"][4] == "75,000"  # (105 − 5) × 1.25 × 6 months
    assert "不含郴州" in text.split("附件1")[-1]


def test_the_annex_lists_the_province_the_three_cities_and_then_the_cities_by_code() -> None:
    rows = list(annex_rows(KIND.compose(content())))
    assert rows[:3] == ["全省合计", "其中：湘南三市", "长沙"] and len(rows) == 16 and rows[-1] == "湘西自治州"
    assert annex_rows(KIND.compose(content()))["全省合计"][7:9] == ["78.8", "28.8"]
    assert annex_rows(KIND.compose(content()))["长沙"][7:9] == ["—", "—"]


def test_without_a_plan_the_bulletin_states_no_completion_and_no_demands() -> None:
    text = document_text(KIND.compose(content(goals=False)))
    assert "年度目标任务" not in text and "余下" not in text and "序时进度。" not in text


def test_january_compares_with_december_and_does_not_repeat_the_month() -> None:
    document = KIND.compose(content(month=Month(2013, 1)))
    assert document.head.title == "关于2013年1月全省承接产业转移和加工贸易情况的通报"
    assert "1月当月1" not in paragraph_texts(document)[1].split("其中")[1].split("。环比")[0]
    assert "环比增长25.0%" in paragraph_texts(document)[1]


@pytest.mark.parametrize("missing", [[], ["431000", "433100"]])
def test_every_printed_figure_is_in_the_frozen_content(missing: list[str]) -> None:
    frozen, document = compose_document(KIND, content(missing=missing))
    figures = list(printed_figures(document))
    assert len(figures) > 200
    for figure in figures:
        assert figure.text in frozen["figures"][figure.code]["texts"]


def test_printing_a_figure_outside_the_frozen_content_fails() -> None:
    broken = content()
    stray = broken["facts"]["series"]["processing"]["province"]["ytd"]
    kind = KIND.__class__(**{**vars(KIND), "compose": lambda _: KIND.compose(content())})
    del broken["figures"][stray]
    with pytest.raises(FigureMissingFromContent):
        compose_document(kind, broken)


def test_the_content_is_plain_json_with_the_same_hash_after_storage() -> None:
    frozen, _ = compose_document(KIND, content())
    stored = json.loads(json.dumps(frozen, ensure_ascii=False))
    assert content_sha256(stored) == content_sha256(frozen)
    assert KIND.compose(stored) == KIND.compose(frozen)
    frozen["figures"][next(iter(frozen["figures"]))]["amount"] = "1"
    assert content_sha256(stored) != content_sha256(frozen)


def test_corrections_state_old_and_new_figure_and_reason_and_supplements_the_month() -> None:
    told = content()
    ledger = FigureLedger()
    ledger.entries = told["figures"]
    key = FigureKey("x", Month(2013, 4), "431100", ("return",))
    old = Value(key.with_steps("v1"), "永州出口", Decimal(12_345_600), USD, Derivation.OBSERVED, observation=9001)
    new = Value(key.with_steps("v2"), "永州出口", Decimal(11_481_400), USD, Derivation.OBSERVED, observation=9002)
    pair = {"title": "加工贸易出口", "old": ledger.add(old), "new": ledger.add(new)}
    city = told["facts"]["series"]["processing"]["cities"]["431200"]
    told["facts"]["corrections"] = {
        "month": "2013-05",
        "corrected": [{"short": "永州", "month": "2013-04", "reason": "海关已改单", "figures": [pair]}],
        "supplemented": [
            {"short": "怀化", "figures": [{"title": "加工贸易进出口", "month": city["month"], "ytd": city["ytd"]}]}
        ],
        "anew": None,
    }
    text = document_text(KIND.compose(told))
    assert "对以前各期的更正和补充" in text
    assert "永州2013年4月加工贸易出口由1234.56万美元更正为1148.14万美元。原因：海关已改单。" in text
    assert "上期未列入的怀化5月数已核定：加工贸易进出口0.04亿美元、1-5月累计0.23亿美元。" in text


def test_two_numbers_under_one_code_are_refused() -> None:
    ledger, key = FigureLedger(), FigureKey("a", 2013)
    ledger.add(Value(key, "一", Decimal(1), USD, Derivation.OBSERVED, observation=1))
    ledger.add(Value(key, "一", Decimal(1), USD, Derivation.OBSERVED, observation=1))
    with pytest.raises(FigureCodeConflict):
        ledger.add(Value(key, "一", Decimal(2), USD, Derivation.OBSERVED, observation=1))
    other = FigureLedger()
    other.add(
        Value(
            key.with_steps("b"),
            "二",
            Decimal(2),
            USD,
            Derivation.SUM,
            (Value(key, "一", Decimal(2), USD, Derivation.OBSERVED, observation=1),),
        )
    )
    with pytest.raises(FigureCodeConflict):
        ledger.merge(other)


def test_a_sentence_without_its_figure_is_left_out() -> None:
    told = content()
    projects = told["facts"]["series"]["projects"]["province"]
    for code in (projects["ytd"], projects["month"]):
        told["figures"][code]["amount"] = None
    document = KIND.compose(told)
    paragraphs = paragraph_texts(document)
    assert not any("—" in text or "全省新承接" in text or "当月新承接" in text for text in paragraphs)
    assert any(text.startswith("全省引进世界500强企业") and text.endswith("家）。") for text in paragraphs)


def test_a_heading_of_which_no_sentence_remains_is_left_out_and_the_others_are_numbered_on() -> None:
    whole = Paragraph(("共", Figure("3", "a", Decimal(3)), "个。"))
    broken = Paragraph(("共", Figure("—", "b"), "个。另", Figure("—", "b"), "个。"))
    sections = build_numbered_sections(
        ("一", [broken]), ("二", [Heading("（一）", 2), broken, Heading("（二）", 2), whole]), ("三", [whole])
    )
    assert sections == (Heading("一、二"), Heading("（二）", 2), whole, Heading("二、三"), whole)
    demands = build_numbered_instructions(("紧盯", broken.runs), ("加强", ("好。", *broken.runs)))
    assert demands == (Paragraph(("好。",), lead=("（一）加强。",)),)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ("43.94", "，同比增长43.9%"),
        ("-2.06", "，同比下降2.1%"),
        ("0.04", "，与上年同期持平"),
        ("99.96", "，同比增长1.0倍"),
        ("114.96", "，同比增长1.1倍"),  # rounded once, from the exact rate
    ],
)
def test_growth_is_phrased_by_its_rounded_figure(rate: str, words: str) -> None:
    said = growth_phrase(FigurePrinter({"a": {"amount": rate, "unit": "percent", "note": ""}}), "a")
    assert "".join(run if isinstance(run, str) else run.text for run in said) == words
