"""Defines the class for a kind of report, and finds the kinds that are declared in the settings.

Each kind has a file of its own and is declared in `settings.REPORT_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.periods import Month
from reporting.document_parts import Document

Content = dict[str, Any]
BULLETIN = "monthly-bulletin"  # code of the kind whose next issue tells of corrections


@dataclass(frozen=True)
class ReportKind:
    """Declaration of a kind of report, such as the monthly bulletin.

    `gather(month, previous)` reads the database; `previous` is the content of the issue before, or None. It returns
    plain JSON: what `common_facts.start_content` gives, `facts`, `figures` (code → entry, see `figure_ledger`) and
    `rounds` (ids).
    `compose(content)` is pure; every `Figure` of its document has its code in `figures`.
    """

    code: str
    title: str  # 月度通报
    series: str  # what an issue is called: 情况通报
    months: int  # 1 or 3: how many months an issue covers
    gather: Callable[[Month, Content | None], Content]
    compose: Callable[[Content], Document]

    def last_month_of_period(self, month: Month) -> Month:
        """Return `month` if this kind of report is monthly, or the last month of its quarter if it is quarterly."""
        return month if self.months == 1 else month.quarter.last

    def first_month_of_period(self, month: Month) -> Month:
        return month if self.months == 1 else month.quarter.months[0]

    def period_label(self, month: Month) -> str:
        """Return the Chinese name of the report's period with this last month: 2013年6月 or 2013年二季度."""
        return month.label if self.months == 1 else month.quarter.label


@cache
def declared() -> tuple[ReportKind, ...]:
    return tuple(import_string(name) for name in settings.REPORT_KINDS)


def get(code: str) -> ReportKind:
    """Return the kind of report with this code, or raise KeyError."""
    found = next((kind for kind in declared() if kind.code == code), None)
    if found is None:
        raise KeyError(code)
    return found
