"""Lists all thresholds whose values the province's lead can change, grouped by sheet or by app."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.intake import datasets
from hunan_trade.periods import Month
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold


@dataclass(frozen=True)
class ThresholdGroup:
    """The thresholds of one sheet of the monthly return, or those that another app declares, with a title.

    Those of a sheet hold for the returns from a month on. `by_day` are those that are compared with days, which hold from
    the first day of a month on.
    """

    code: str
    title: str
    thresholds: tuple[RuleThreshold, ...]
    by_day: bool = False

    def earliest_month(self, now: Month) -> Month:
        """Return the earliest month from which a new value of one of the group's thresholds may apply.

        In a month cities report on the one before.
        """
        return now if self.by_day else now.previous

    def threshold(self, code: str) -> RuleThreshold:
        """Return the group's threshold with this code; raise KeyError for an unknown code."""
        return {each.code: each for each in self.thresholds}[code]


@cache
def threshold_groups() -> tuple[ThresholdGroup, ...]:
    """Return a group of thresholds for each sheet that has any, then those named in `settings.DAY_THRESHOLDS`."""
    sheets = (ThresholdGroup(each.code, each.sheet, each.thresholds) for each in datasets.declared() if each.thresholds)
    return (*sheets, *(import_string(name) for name in settings.DAY_THRESHOLDS))


def threshold_group(code: str) -> ThresholdGroup:
    """Return the group of thresholds with this code; raise KeyError for an unknown code."""
    return {group.code: group for group in threshold_groups()}[code]


def group_titles() -> dict[str, str]:
    """Return a dict from the code of each group of thresholds to the group's title."""
    return {group.code: group.title for group in threshold_groups()}
