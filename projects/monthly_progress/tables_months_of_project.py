"""Declares the table of a project's accepted monthly figures on the project's page."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Sum, Window

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import RecordPanel
from projects.monthly_progress.models import ProjectMonth


def _months_of(project: int) -> Any:
    """Return a project's rows from accepted monthly returns, newest first, each with the paid-in capital so far."""
    sums = {f"{name}_sum": Window(Sum(name), order_by=F("month").asc()) for name in ("paid_in_cny", "paid_in_usd")}
    return ProjectMonth.objects.current().filter(project=project).annotate(**sums).order_by("-month")


MONTHS_OF_PROJECT = RecordPanel(
    title="月度进度",
    columns=(
        field(ProjectMonth, "month", kind=column_kinds.MONTH, sort=()),
        field(ProjectMonth, "stage", sort=()),
        field(ProjectMonth, "expected_produced_on", sort=()),
        field(ProjectMonth, "paid_in_cny", kind=column_kinds.WAN_CNY, sort=()),
        Column("paid_in_cny_sum", "内资累计", column_kinds.WAN_CNY),
        field(ProjectMonth, "paid_in_usd", kind=column_kinds.WAN_USD, sort=()),
        Column("paid_in_usd_sum", "外资累计", column_kinds.WAN_USD),
        field(ProjectMonth, "obstacle_text", sort=()),
        field(ProjectMonth, "reason", sort=()),
    ),
    records=_months_of,
    note="取自已核定的月报",
    empty=("还没有已核定的月份", "所在市州的月报核定后在此列出。"),
)
