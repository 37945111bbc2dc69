"""Declares the city summary as a sheet of the monthly form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.indicators import computed_values, queries_observations
from hunan_trade.intake.datasets import Dataset, Past
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.periods import Month, months_between
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import number_parser, text_parser
from hunan_trade.tabular.table_types import PrefilledRow
from projects.city_summary.figures_to_publish import published_figures
from projects.city_summary.items import MONEY, PUBLISHED_ITEMS, UNITS, SummaryItem
from projects.city_summary.rules_for_checking_sheet import FINDING_LABELS, RULES, THRESHOLDS, SummaryThresholds

_CODE = "city_summary"
# Items whose history is the sum of others', or another sheet's.
_CONTROL_INDICATORS = {
    SummaryItem.TRADE: "projects.trade_total",
    SummaryItem.PROCESSING_EXPORT: "enterprises.processing_trade_export",
    SummaryItem.PROCESSING_IMPORT: "enterprises.processing_trade_import",
}


@dataclass(frozen=True)
class SummaryHistory:
    """What a city's monthly summary is filled in and checked with: its rows, earlier figures and thresholds.

    Covers twelve months and this year up to last month, in 万 or counts.
    """

    rows: Sequence[PrefilledRow]
    past: Past
    history: Mapping[str, tuple[Decimal, ...]]
    last: Mapping[str, Decimal]  # absent where last month is not accepted
    to_date: Mapping[str, Decimal]
    complete: bool
    thresholds: SummaryThresholds  # of the month

    def addable_row(self, key: str) -> PrefilledRow | None:
        return None

    def why_unlisted(self, key: str) -> str:
        return ""


def load_history(region: str, month: Month, as_of: datetime | None = None) -> SummaryHistory:
    """Load the rows of a city's summary of `month`, its accepted figures of earlier months, and the thresholds.

    The rows do not depend on `as_of`, the thresholds do.
    """
    codes = {item: measure.value for item, measure in PUBLISHED_ITEMS.items()} | _CONTROL_INDICATORS
    known = queries_observations.monthly_values_of_region(set(codes.values()), region, month)
    rows, months, history, last, to_date = [], {}, {}, {}, {}
    for item in SummaryItem:
        cells = known[codes[item]]
        past = {
            m: _in_sheet_unit(item, cells[m]) for m in months_between(month.plus(-12), month.previous) if m in cells
        }
        texts = {"name": item.label, "unit": UNITS[item]}
        if month.previous in past:
            last[item.value] = past[month.previous]
            texts["last"] = f"{past[month.previous].normalize():f}"
        rows.append(PrefilledRow(item.value, item.label, texts))
        months[item.value] = {m: {"month": value} for m, value in past.items()}
        history[item.value] = tuple(past.values())
        to_date[item.value] = sum((value for m, value in past.items() if m.year == month.year), Decimal(0))
    earlier = known[codes[SummaryItem.EXPORT]]
    complete = all(m in earlier for m in month.months_to_date[:-1])
    thresholds = SummaryThresholds(**threshold_values_for_month(_CODE, THRESHOLDS, month, as_of))
    return SummaryHistory(rows, months, history, last, to_date, complete, thresholds)


def _in_sheet_unit(item: SummaryItem, value: computed_values.Value) -> Decimal:
    amount = value.amount or Decimal(0)
    return amount / quantities.WAN if item in MONEY else amount


CITY_SUMMARY = Dataset(
    code=_CODE,
    sheet="市州汇总",
    record_noun="指标",
    columns=(
        Column("item", "代码", Kind.KEY, text_parser(2), width=6),
        Column("name", "指标", Kind.LOCKED, text_parser(40), width=28),
        Column("unit", "单位", Kind.LOCKED, text_parser(10), width=9),
        Column("last", "上月", Kind.LOCKED, number_parser(6), "", "{before}月", 14, 2),
        Column(
            "month",
            "当月",
            Kind.MONTH,
            number_parser(6),
            "",
            "{month}月当月",
            15,
            2,
            hint="没有发生填 0。金额最多六位小数，个数填整数。",
        ),
        Column(
            "ytd",
            "累计",
            Kind.CHECK,
            number_parser(6),
            "",
            "{span}",
            15,
            2,
            hint="只作核对，可不填。应等于上月累计加当月。",
        ),
        Column("reason", "说明", Kind.REASON, text_parser(200), width=46, hint="检查要求说明的，写在这里。"),
    ),
    load=load_history,
    size=lambda region, month: len(SummaryItem),
    rules=RULES,
    finding_labels=FINDING_LABELS,
    store=published_figures,
    thresholds=THRESHOLDS,
    version_tables=(*queries_observations.VERSION_TABLES, "intake_threshold_change"),
)
