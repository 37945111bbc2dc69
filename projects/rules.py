"""What is odd or wrong in the city summary of a month. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from enterprises.rules import THRESHOLDS
from hunan_trade import quantities
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.tables import Table
from projects.models import COUNTED, MONEY, UNITS, Item

TOLERANCE = Decimal("0.01")  # 万: what a sheet that rounds to two decimals may be out


def _month(table: Table, item: Item) -> Decimal | None:
    at = table.index.get(item.value)
    return None if at is None else table.values["month"][at]


def _at(table: Table, item: Item, column: str, code: str, severity: Severity, message: str) -> Finding:
    return table.finding(table.index[item.value], column, code, severity, message)


def _say(value: Decimal, item: Item) -> str:
    return f"{quantities.thousands(value, 0 if item in COUNTED else 2)} {UNITS[item]}"


def whole_counts(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    for item in COUNTED:
        value = _month(table, item)
        if value is not None and value != value.to_integral_value():
            yield _at(table, item, "month", "summary.whole", Severity.BLOCKING, f"{item.label}填整数，现填 {value:f}。")


def parts_and_total(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    """出口 + 进口 = 进出口; processing trade is no more than all trade."""
    total, exports, imports = (_month(table, item) for item in (Item.TRADE, Item.EXPORT, Item.IMPORT))
    if total is not None and exports is not None and imports is not None and abs(exports + imports - total) > TOLERANCE:
        want = _say(exports + imports, Item.TRADE)
        yield _at(
            table,
            Item.TRADE,
            "month",
            "summary.parts",
            Severity.BLOCKING,
            f"应等于出口加进口 {want}，现填 {_say(total, Item.TRADE)}。核对三个数。",
        )
    for part, whole in (
        (Item.PROCESSING_EXPORT, Item.EXPORT),
        (Item.PROCESSING_IMPORT, Item.IMPORT),
        (Item.FORTUNE_500, Item.UNDERTAKEN),
    ):
        inner, outer = _month(table, part), _month(table, whole)
        if inner is not None and outer is not None and inner > outer:
            message = f"{_say(inner, part)}，大于{whole.label} {_say(outer, whole)}。核对两个数。"
            yield _at(table, part, "month", "summary.exceeds", Severity.BLOCKING, message)


def against_enterprises(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    """The processing-trade rows against the sum of the enterprises' sheet."""
    trade = others.get("processing_trade")
    if trade is None or any(row.key not in trade.index for row in trade.known.rows):
        return
    for item, column in ((Item.PROCESSING_EXPORT, "export"), (Item.PROCESSING_IMPORT, "import")):
        typed, rows = _month(table, item), trade.values[column]
        if typed is None or any(value is None for value in rows):
            continue
        summed = sum(rows, Decimal(0))
        if abs(summed - typed) > TOLERANCE:
            message = f"应等于“{trade.spec.sheet}”表合计 {_say(summed, item)}，现填 {_say(typed, item)}。核对企业行，或改本数。"
            yield _at(table, item, "month", "summary.enterprises", Severity.BLOCKING, message)


def cumulative(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    if not table.known.complete:
        return
    for item in Item:
        at = table.index.get(item.value)
        if at is None or (typed := table.values["ytd"][at]) is None or (month := table.values["month"][at]) is None:
            continue
        before = table.known.to_date.get(item.value)
        if before is not None and abs(typed - before - month) > TOLERANCE:
            message = f"累计应为上月累计 {_say(before, item)}加当月 {_say(month, item)}，即 {_say(before + month, item)}。核对当月数，或改累计。"
            yield table.finding(at, "ytd", "summary.cumulative", Severity.BLOCKING, message)


def capital(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    """Paid in above contracted, month and year to date; projects without any capital contracted."""
    for paid, contracted in (
        (Item.DOMESTIC_PAID_IN, Item.DOMESTIC_CONTRACTED),
        (Item.FOREIGN_USED, Item.FOREIGN_CONTRACTED),
    ):
        got, agreed = _month(table, paid), _month(table, contracted)
        if got is None or agreed is None:
            continue
        got_all = got + (table.known.to_date.get(paid.value) or 0)
        agreed_all = agreed + (table.known.to_date.get(contracted.value) or 0)
        if got_all > agreed_all:
            message = f"本年累计 {_say(got_all, paid)}，高于{contracted.label} {_say(agreed_all, contracted)}。核对，属上年合同到位的写明。"
            yield _at(table, paid, "month", "summary.paid_above_contracted", Severity.EXPLAIN, message)
    projects = _month(table, Item.UNDERTAKEN)
    contracts = [_month(table, item) for item in (Item.DOMESTIC_CONTRACTED, Item.FOREIGN_CONTRACTED)]
    if projects and all(value == 0 for value in contracts):
        message = f"新承接 {_say(projects, Item.UNDERTAKEN)}，合同资金却为 0。核对，属实写明原因。"
        yield _at(table, Item.UNDERTAKEN, "month", "summary.without_capital", Severity.EXPLAIN, message)


def against_history(table: Table, others: Mapping[str, Table]) -> Iterator[Finding]:
    """Zero after activity, or far outside the item's own twelve months."""
    for item in Item:
        now, past = _month(table, item), table.known.history.get(item.value, ())
        if now is None or len(past) < THRESHOLDS.months:
            continue
        mean = sum(past, Decimal(0)) / len(past)
        last = table.known.last.get(item.value)
        if now == 0 and last and (item in MONEY or mean >= 3):
            yield _at(
                table,
                item,
                "month",
                "summary.stopped",
                Severity.EXPLAIN,
                f"上月 {_say(last, item)}，本月为 0。核对是否漏报，属实写明原因。",
            )
        elif (
            mean
            and now > mean * THRESHOLDS.above
            and now - mean > (THRESHOLDS.least_usd / quantities.WAN if item in MONEY else 5)
        ):
            times = quantities.plain(now / mean, 1)
            message = f"本月 {_say(now, item)}，是前 {len(past)} 个月平均 {_say(mean, item)}的 {times} 倍。核对，属实写明原因。"
            yield _at(table, item, "month", "summary.jump", Severity.EXPLAIN, message)


RULES = (whole_counts, parts_and_total, against_enterprises, cumulative, capital, against_history)
