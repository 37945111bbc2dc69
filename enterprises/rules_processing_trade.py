"""Pure functions that check the processing trade of a month, and the city and county of an enterprise.

A figure is compared with the same record's own twelve months before, by thresholds that the province decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.tabular.table_types import ParsedTable

WAN = quantities.WAN


def has_city_prefix(customs_code: str, city: str) -> bool:
    """Return whether a customs code begins with the first four digits of the city's six-digit region code."""
    return customs_code[:4] == city[:4]


def location_errors(customs_code: str, city: str, county: str | None) -> dict[str, str]:
    """Return Chinese error messages by field name if the customs code or county does not belong to the city."""
    faults = {}
    if not has_city_prefix(customs_code, city):
        faults["customs_code"] = (
            f"前四位 {customs_code[:4]} 不是所选市州的（{city[:4]}）。核对报关单；企业由所在市州登记。"
        )
    if county and county[:4] != city[:4]:
        faults["county"] = "不在所选市州。选该市州的县市区，或不填。"
    return faults


@dataclass(frozen=True)
class JumpThresholds:
    """Thresholds beyond which a month's processing trade counts as unusual compared with earlier months."""

    high_factor: Decimal
    low_factor: Decimal
    least_months: Decimal
    least_usd: Decimal
    extra_digit_from: Decimal
    extra_digit_to: Decimal


THRESHOLDS = (
    RuleThreshold("high_factor", "突增：前几个月平均的倍数", "倍", Decimal(2), Decimal("1.1"), Decimal(20)),
    RuleThreshold("low_factor", "突减：前几个月平均的倍数", "倍", Decimal("0.4"), Decimal("0.01"), Decimal("0.9")),
    RuleThreshold("least_months", "比较前几个月，至少有", "个月", Decimal(3), Decimal(1), Decimal(12), whole=True),
    RuleThreshold("least_usd", "不问的变动，不超过", "万美元", Decimal(30), Decimal(0), Decimal(10_000)),
    RuleThreshold("extra_digit_from", "疑多录一位：上月的倍数，自", "倍", Decimal(9), Decimal(5), Decimal(10)),
    RuleThreshold("extra_digit_to", "疑多录一位：上月的倍数，至", "倍", Decimal(11), Decimal(10), Decimal(20)),
)


def jump_thresholds(values: Mapping[str, Decimal]) -> JumpThresholds:
    """Build `JumpThresholds` from a month's threshold values, converting `least_usd` from 万美元 to dollars."""
    return JumpThresholds(**{**values, "least_usd": quantities.wan_to_money(values["least_usd"])})


FINDING_LABELS = {
    "trade.cumulative": "累计与当月数不符",
    "trade.jump": "与前几个月相差过大",
    "trade.repeated": "与上月完全相同",
    "trade.slip": "疑多录一位",
    "trade.stopped": "上月有数，本月为 0",
}


def row_trade_total(table: ParsedTable, at: int) -> Decimal | None:
    """Return exports plus imports of row `at` of a processing-trade sheet in dollars, or None if one is missing."""
    exports, imports = table.values["export"][at], table.values["import"][at]
    return None if exports is None or imports is None else quantities.wan_to_money(exports + imports)


def check_cumulative(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield an error for each row whose year-to-date trade is not that of the earlier months plus this month's.

    Skipped where an earlier month of the year is not accepted.
    """
    if not table.known.complete:
        return
    for at, key in enumerate(table.record_keys):
        typed, month = table.values["ytd"][at], row_trade_total(table, at)
        if typed is None or month is None:
            continue
        before = table.known.to_date.get(key, Decimal(0))
        if abs(quantities.wan_to_money(typed) - before - month) >= Decimal("100"):
            want = before + month
            message = (
                f"累计应为上月累计 {_in_wan(before)}加当月 {_in_wan(month)}，即 {_in_wan(want)}；现填 {quantities.format_with_commas(typed, 2)}。"
                "核对当月数，或改累计。"
            )
            yield table.finding(at, "ytd", "trade.cumulative", Severity.BLOCKING, message)


def check_against_history(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a warning for each row whose trade stopped, jumped, repeats last month's or looks mistyped."""
    history, thresholds = table.known.history, table.known.thresholds
    exports, imports = table.values["export"], table.values["import"]
    for at, key in enumerate(table.record_keys):
        past = history.get(key)
        if not past or (now := row_trade_total(table, at)) is None:
            continue
        last = table.known.last.get(key)
        if now == 0:
            if last:
                yield table.finding(
                    at,
                    "export",
                    "trade.stopped",
                    Severity.EXPLAIN,
                    f"上月 {_in_wan(last)}，本月为 0。停产、转口还是漏报，写明原因。",
                )
        elif last and thresholds.extra_digit_from <= now / last <= thresholds.extra_digit_to:
            yield table.finding(
                at,
                "export",
                "trade.slip",
                Severity.EXPLAIN,
                f"本月 {_in_wan(now)}，是上月 {_in_wan(last)} 的约 10 倍，疑多录一位。核对报关单，属实写明原因。",
            )
        elif message := describe_jump(now, past, thresholds):
            yield table.finding(
                at, "export" if exports[at] >= imports[at] else "import", "trade.jump", Severity.EXPLAIN, message
            )
        elif now == last and now >= thresholds.least_usd:
            yield table.finding(
                at,
                "export",
                "trade.repeated",
                Severity.EXPLAIN,
                f"与上月完全相同（{_in_wan(now)}）。核对是否照抄，属实写明原因。",
            )


def describe_jump(now: Decimal, past: tuple[Decimal, ...], thresholds: JumpThresholds) -> str | None:
    """Return a Chinese message if a month's amount is far from the mean of earlier months, else None."""
    if len(past) < thresholds.least_months:
        return None
    mean = sum(past, Decimal(0)) / len(past)
    if not mean or abs(now - mean) < thresholds.least_usd:
        return None
    if now > mean * thresholds.high_factor:
        times = quantities.format_plain(now / mean, 1)
        return f"本月 {_in_wan(now)}，是前 {len(past)} 个月平均 {_in_wan(mean)}的 {times} 倍。核对，属实写明原因。"
    if now < mean * thresholds.low_factor:
        share = quantities.format_plain(now / mean * 100, 0)
        return f"本月 {_in_wan(now)}，只有前 {len(past)} 个月平均 {_in_wan(mean)}的 {share}%。核对，属实写明原因。"
    return None


def _in_wan(usd: Decimal) -> str:
    return f"{quantities.format_with_commas(usd / WAN, 2)} 万美元"
