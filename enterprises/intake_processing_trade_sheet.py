"""Declares the sheet of the monthly form that lists processing trade by enterprise and mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Func, IntegerField, Sum

from enterprises import queries, rules_processing_trade
from enterprises.actions import store_processing_trade
from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade import quantities
from hunan_trade.intake.datasets import Dataset, Past
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import choice_parser, number_parser, text_parser
from hunan_trade.tabular.table_types import KEY_SEPARATOR, PrefilledRow

_CODE = "processing_trade"
_MODES = tuple(Mode.values)  # in the order of the form


@dataclass(frozen=True)
class TradeHistory:
    """A city's enterprises and their earlier processing trade, used to prefill and check its monthly sheet.

    Covers the twelve months before and this year up to last month.
    """

    rows: Sequence[PrefilledRow]
    past: Past
    open_enterprises: Mapping[str, str]  # customs code → name of those that may trade in another mode as well
    last_month_amounts: Mapping[str, tuple[Decimal, Decimal]]  # key → last month's exports and imports in dollars
    history: Mapping[str, tuple[Decimal, ...]]  # key → totals in dollars, oldest first, from the first month known
    last: Mapping[str, Decimal]  # key → last month's total, absent where last month is not accepted
    to_date: Mapping[str, Decimal]  # key → total of this year before the month
    complete: bool  # every earlier month of this year is accepted
    thresholds: rules_processing_trade.JumpThresholds  # of the month

    def addable_row(self, key: str) -> PrefilledRow | None:
        """Return a prefilled row for `key` (customs code and trade mode), or None if no open enterprise matches."""
        code, _, mode = key.partition(KEY_SEPARATOR)
        return (
            _prefilled_row(key, self.open_enterprises[code], self.last_month_amounts)
            if code in self.open_enterprises and mode in _MODES
            else None
        )

    def why_unlisted(self, key: str) -> str:
        return ""


def load_trade_history(region: str, month: Month, as_of: datetime | None = None) -> TradeHistory:
    """Load a city's enterprises and their earlier processing trade, to prefill and check its sheet of a month.

    With `as_of`, enterprises are those of that moment: what was registered or changed later is not asked for.
    """
    first = min(month.plus(-12), Month(month.year, 1))
    facts = ProcessingTrade.objects.of_city(region).between(first, month.previous).order_by("month")
    totals: dict[str, dict[Month, Decimal]] = {}
    past: dict[str, dict[Month, dict[str, Decimal]]] = {}
    last: dict[str, tuple[Decimal, Decimal]] = {}
    months: dict[object, Month] = {}
    previous = month.previous
    for code, when, mode, exports, imports in facts.values_list(
        "enterprise__customs_code", "month", "mode", "export_usd", "import_usd"
    ):
        if (at := months.get(when)) is None:
            at = months[when] = Month.of(when)
        key = f"{code}{KEY_SEPARATOR}{mode}"
        totals.setdefault(key, {})[at] = exports + imports
        past.setdefault(key, {})[at] = {"export": exports / quantities.WAN, "import": imports / quantities.WAN}
        if at == previous:
            last[key] = (exports, imports)
    rows, still_open = [], {}
    for each in queries.enterprises_of_city(region, as_of):
        if each.closed_on is None:
            still_open[each.customs_code] = each.name
        if as_of is not None and each.registered_at > as_of:
            continue  # may stand in the form, and is not asked for
        if each.closed_on is None or each.closed_on > month.first:
            code = each.customs_code
            rows += [
                _prefilled_row(f"{code}{KEY_SEPARATOR}{mode}", each.name, last) for mode in _MODES if mode in each.modes
            ]
    reported = set(months.values())
    return TradeHistory(
        rows=rows,
        past=past,
        open_enterprises=still_open,
        last_month_amounts=last,
        history={key: tuple(by.values()) for key, by in totals.items()},  # read in the order of months
        last={key: exports + imports for key, (exports, imports) in last.items()},
        to_date={
            key: sum((v for m, v in by.items() if m.year == month.year), Decimal(0)) for key, by in totals.items()
        },
        complete=all(earlier in reported for earlier in month.months_to_date[:-1]),
        thresholds=rules_processing_trade.jump_thresholds(
            threshold_values_for_month(_CODE, rules_processing_trade.THRESHOLDS, month, as_of)
        ),
    )


def _prefilled_row(key: str, name: str, last: Mapping[str, tuple[Decimal, Decimal]]) -> PrefilledRow:
    if key not in last:
        return PrefilledRow(key, name, {"name": name})
    exports, imports = map(quantities.money_to_wan_text, last[key])
    return PrefilledRow(key, name, {"name": name, "last_export": exports, "last_import": imports})


def max_sheet_rows(region: str, month: Month) -> int:
    """Return the most rows that a city's processing-trade sheet may have: one per enterprise and trade mode.

    One for each trade mode of each enterprise.
    """
    counted = Enterprise.objects.of_city(region).aggregate(
        rows=Sum(Func(F("modes"), function="cardinality", output_field=IntegerField()))
    )
    return counted["rows"] or 0


_MONEY = number_parser(6)
PROCESSING_TRADE = Dataset(
    code=_CODE,
    sheet="加工贸易企业",
    measure="加工贸易进出口",
    record_noun="企业和贸易方式",
    addable="先在“登记企业”中登记，再填报。",
    add_page=("加一家企业", "enterprises:new"),
    columns=(
        Column("customs_code", "海关编码", Kind.KEY, text_parser(10), width=13),
        Column("name", "企业名称", Kind.LOCKED, text_parser(120), width=34),
        Column("mode", "贸易方式", Kind.KEY, choice_parser(Mode.values), width=10, choices=tuple(Mode.values)),
        Column("last_export", "上月出口", Kind.LOCKED, _MONEY, "万美元", "{before}月", 12, 2),
        Column("last_import", "上月进口", Kind.LOCKED, _MONEY, "万美元", "{before}月", 12, 2),
        Column(
            "export",
            "出口",
            Kind.MONTH,
            _MONEY,
            "万美元",
            "{month}月当月",
            13,
            2,
            hint="当月出口，万美元，最多六位小数。没有发生填 0。",
        ),
        Column(
            "import",
            "进口",
            Kind.MONTH,
            _MONEY,
            "万美元",
            "{month}月当月",
            13,
            2,
            hint="当月进口，万美元，最多六位小数。没有发生填 0。",
        ),
        Column(
            "ytd",
            "累计进出口",
            Kind.CHECK,
            _MONEY,
            "万美元",
            "{span}",
            14,
            2,
            hint="只作核对，可不填。应等于上月累计加当月进出口。",
        ),
        Column("reason", "说明", Kind.REASON, text_parser(200), width=40, hint="检查要求说明的，写在这里。"),
    ),
    load=load_trade_history,
    size=max_sheet_rows,
    rules=(rules_processing_trade.check_cumulative, rules_processing_trade.check_against_history),
    finding_labels=rules_processing_trade.FINDING_LABELS,
    thresholds=rules_processing_trade.THRESHOLDS,
    store=store_processing_trade,
    version_tables=("enterprises_change", "enterprises_register_change", "intake_threshold_change"),
)
