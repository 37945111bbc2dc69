"""Action with which the province's lead changes the value of a threshold."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.intake.adjustable_rule_thresholds import threshold_group
from hunan_trade.intake.models import Threshold
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.periods import Month
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def decide_threshold(*, dataset: str, code: str, value: Decimal, holds_from: Month, reason: str, by: User) -> Threshold:
    """Store a new value for a threshold of the checks or reminders, which applies from month `holds_from` on.

    `dataset` is the code of the threshold's group, which is a sheet or of another app.
    """
    if not by.may(Permission.DECIDE_THRESHOLDS):
        raise MoveRefused("没有决定阈值的权限")
    try:
        group = threshold_group(dataset)
        known = group.threshold(code)
    except KeyError:
        raise MoveRefused("没有这个阈值。刷新页面再定") from None
    if holds_from < (earliest := group.earliest_month(Month.of(clock.today()))):
        before_it = "以前各月" if group.by_day else "以前各月的月报"
        raise MoveRefused(f"不能早于{earliest.label}，{before_it}按原来的阈值。改写月份再定")
    if not known.least <= value <= known.most:
        raise MoveRefused(
            f"{known.title}要在 {known.format_value(known.least)}到 {known.format_value(known.most)}之间。改写数值再定"
        )
    if known.whole and value != value.to_integral_value():
        raise MoveRefused(f"{known.title}填整数。改写数值再定")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    before = threshold_values_for_month(dataset, [known], holds_from)[code]
    if value == before:
        of_returns = "" if group.by_day else "月报"
        raise MoveRefused(f"{holds_from.label}{of_returns}的{known.title}已是 {known.format_value(before)}，不用再定")
    decided = Threshold.objects.create(
        dataset=dataset,
        code=code,
        value=value,
        holds_from=holds_from.first,
        decided_by=by,
        decided_at=clock.now(),
        reason=reason,
    )
    record(
        "threshold.decided",
        by=by,
        subject=decided,
        reason=reason,
        before={"threshold": known.format_value(before)},
        after={"name": known.title, "threshold": known.format_value(value), "holds_from": str(holds_from)},
    )
    return decided
