"""Pure functions that check a month's city summary and return findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.tabular.table_types import ParsedTable
from projects.city_summary.items import COUNTS, MONEY, UNITS, SummaryItem

FINDING_LABELS = {
    "summary.cumulative": "累计与当月数不符",
    "summary.enterprises": "与企业表合计不符",
    "summary.exceeds": "其中数大于总数",
    "summary.jump": "与前几个月相差过大",
    "summary.paid_above_contracted": "到位资金高于合同资金",
    "summary.parts": "分项之和不等于总数",
    "summary.stopped": "上月有数，本月为 0",
    "summary.whole": "个数不是整数",
    "summary.without_capital": "有新项目而没有合同资金",
}
THRESHOLDS = (
    RuleThreshold("high_factor", "突增：前几个月平均的倍数", "倍", Decimal(2), Decimal("1.1"), Decimal(20)),
    RuleThreshold("least_months", "比较前几个月，至少有", "个月", Decimal(3), Decimal(1), Decimal(12), whole=True),
    RuleThreshold("least_money", "不问的金额变动，不超过", "万（本币种）", Decimal(30), Decimal(0), Decimal(10_000)),
    RuleThreshold("least_count", "不问的个数变动，不超过", "个", Decimal(5), Decimal(0), Decimal(1000), whole=True),
    RuleThreshold("least_mean", "本月为 0 要问的个数，前几个月平均至少", "个", Decimal(3), Decimal(0), Decimal(1000)),
)


@dataclass(frozen=True)
class SummaryThresholds:
    """Thresholds of the rules that compare a month's city summary with earlier months."""

    high_factor: Decimal
    least_months: Decimal
    least_money: Decimal
    least_count: Decimal
    least_mean: Decimal


TOLERANCE_WAN = Decimal("0.01")  # 万: what a sheet that rounds to two decimals may be out


def _month_value(table: ParsedTable, item: SummaryItem) -> Decimal | None:
    at = table.index.get(item.value)
    return None if at is None else table.values["month"][at]


def _row_finding(
    table: ParsedTable, item: SummaryItem, column: str, code: str, severity: Severity, message: str
) -> Finding:
    return table.finding(table.index[item.value], column, code, severity, message)


def _with_unit(value: Decimal, item: SummaryItem) -> str:
    return f"{quantities.format_with_commas(value, 0 if item in COUNTS else 2)} {UNITS[item]}"


def check_whole_counts(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    for item in COUNTS:
        value = _month_value(table, item)
        if value is not None and value != value.to_integral_value():
            yield _row_finding(
                table, item, "month", "summary.whole", Severity.BLOCKING, f"{item.label}填整数，现填 {value:f}。"
            )


def check_parts_and_total(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield an error if exports plus imports differ from total trade, or if a part exceeds its total."""
    total, exports, imports = (
        _month_value(table, item) for item in (SummaryItem.TRADE, SummaryItem.EXPORT, SummaryItem.IMPORT)
    )
    if (
        total is not None
        and exports is not None
        and imports is not None
        and abs(exports + imports - total) > TOLERANCE_WAN
    ):
        want = _with_unit(exports + imports, SummaryItem.TRADE)
        yield _row_finding(
            table,
            SummaryItem.TRADE,
            "month",
            "summary.parts",
            Severity.BLOCKING,
            f"应等于出口加进口 {want}，现填 {_with_unit(total, SummaryItem.TRADE)}。核对三个数。",
        )
    for part, whole in (
        (SummaryItem.PROCESSING_EXPORT, SummaryItem.EXPORT),
        (SummaryItem.PROCESSING_IMPORT, SummaryItem.IMPORT),
        (SummaryItem.FORTUNE_500, SummaryItem.UNDERTAKEN),
    ):
        inner, outer = _month_value(table, part), _month_value(table, whole)
        if inner is not None and outer is not None and inner > outer:
            message = f"{_with_unit(inner, part)}，大于{whole.label} {_with_unit(outer, whole)}。核对两个数。"
            yield _row_finding(table, part, "month", "summary.exceeds", Severity.BLOCKING, message)


def check_against_enterprise_sheet(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield an error if the city summary's processing trade differs from the sum over the sheet of enterprises."""
    trade = others.get("processing_trade")
    if trade is None or any(row.key not in trade.index for row in trade.known.rows):
        return
    for item, column in ((SummaryItem.PROCESSING_EXPORT, "export"), (SummaryItem.PROCESSING_IMPORT, "import")):
        typed, rows = _month_value(table, item), trade.values[column]
        if typed is None or any(value is None for value in rows):
            continue
        summed = sum(rows, Decimal(0))
        if abs(summed - typed) > TOLERANCE_WAN:
            message = f"应等于“{trade.spec.sheet}”表合计 {_with_unit(summed, item)}，现填 {_with_unit(typed, item)}。核对企业行，或改本数。"
            yield _row_finding(table, item, "month", "summary.enterprises", Severity.BLOCKING, message)


def check_cumulative(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    if not table.known.complete:
        return
    for item in SummaryItem:
        at = table.index.get(item.value)
        if at is None or (typed := table.values["ytd"][at]) is None or (month := table.values["month"][at]) is None:
            continue
        before = table.known.to_date.get(item.value)
        if before is not None and abs(typed - before - month) > TOLERANCE_WAN:
            message = f"累计应为上月累计 {_with_unit(before, item)}加当月 {_with_unit(month, item)}，即 {_with_unit(before + month, item)}。核对当月数，或改累计。"
            yield table.finding(at, "ytd", "summary.cumulative", Severity.BLOCKING, message)


def check_paid_in_and_contracted(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a finding if paid-in exceeds contracted capital, or if new projects bring no contracted capital."""
    for paid, contracted in (
        (SummaryItem.DOMESTIC_PAID_IN, SummaryItem.DOMESTIC_CONTRACTED),
        (SummaryItem.FOREIGN_USED, SummaryItem.FOREIGN_CONTRACTED),
    ):
        got, agreed = _month_value(table, paid), _month_value(table, contracted)
        if got is None or agreed is None:
            continue
        got_all = got + (table.known.to_date.get(paid.value) or 0)
        agreed_all = agreed + (table.known.to_date.get(contracted.value) or 0)
        if got_all > agreed_all:
            message = f"本年累计 {_with_unit(got_all, paid)}，高于{contracted.label} {_with_unit(agreed_all, contracted)}。核对，属上年合同到位的写明。"
            yield _row_finding(table, paid, "month", "summary.paid_above_contracted", Severity.EXPLAIN, message)
    projects = _month_value(table, SummaryItem.UNDERTAKEN)
    contracts = [
        _month_value(table, item) for item in (SummaryItem.DOMESTIC_CONTRACTED, SummaryItem.FOREIGN_CONTRACTED)
    ]
    if projects and all(value == 0 for value in contracts):
        message = f"新承接 {_with_unit(projects, SummaryItem.UNDERTAKEN)}，合同资金却为 0。核对，属实写明原因。"
        yield _row_finding(table, SummaryItem.UNDERTAKEN, "month", "summary.without_capital", Severity.EXPLAIN, message)


def check_against_history(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a finding for each row of the city summary that drops to zero or jumps above its earlier months."""
    thresholds: SummaryThresholds = table.known.thresholds
    for item in SummaryItem:
        now, past = _month_value(table, item), table.known.history.get(item.value, ())
        if now is None or len(past) < thresholds.least_months:
            continue
        mean = sum(past, Decimal(0)) / len(past)
        last = table.known.last.get(item.value)
        if now == 0 and last and (item in MONEY or mean >= thresholds.least_mean):
            yield _row_finding(
                table,
                item,
                "month",
                "summary.stopped",
                Severity.EXPLAIN,
                f"上月 {_with_unit(last, item)}，本月为 0。核对是否漏报，属实写明原因。",
            )
        elif (
            mean
            and now > mean * thresholds.high_factor
            and now - mean > (thresholds.least_money if item in MONEY else thresholds.least_count)
        ):
            times = quantities.format_plain(now / mean, 1)
            message = f"本月 {_with_unit(now, item)}，是前 {len(past)} 个月平均 {_with_unit(mean, item)}的 {times} 倍。核对，属实写明原因。"
            yield _row_finding(table, item, "month", "summary.jump", Severity.EXPLAIN, message)


RULES = (
    check_whole_counts,
    check_parts_and_total,
    check_against_enterprise_sheet,
    check_cumulative,
    check_paid_in_and_contracted,
    check_against_history,
)
