"""Writes hints that steps dated in a month with an issued bulletin appear as corrections in the next bulletin."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.periods import Month
from projects.choices import REGISTER_COMPLETE_FROM, WAITING_STATES
from projects.stages.rules import Entry


def last_bulletin_month() -> Month | None:
    """Return the month of the newest monthly bulletin that is issued and not voided, or None if there is none."""
    found: Callable[[], Month | None] = import_string(settings.LAST_BULLETIN_MONTH)
    return found()


def correction_hint() -> str:
    """Return a Chinese hint that stages dated up to the last bulletin's month become corrections, or "" without one."""
    printed = last_bulletin_month()
    if printed is None:
        return ""
    return f"{printed.label}及以前的通报已经印发。日期在此以前的，核定或确认后，在下一期通报中作为更正说明。"


def correction_sentences(steps: Iterable[Entry]) -> tuple[str, ...]:
    """Return a Chinese sentence for each waiting step that the next bulletin will have to report as a correction."""
    waiting = [step for step in steps if step.state in WAITING_STATES]
    printed = last_bulletin_month() if waiting else None
    if printed is None:
        return ()
    return tuple(
        f"{step.stage.label} {step.effective_on}：{Month.of(step.effective_on).label}的通报已经印发，"
        f"{'核定' if step.state == WAITING_STATES[0] else '确认'}后在下一期通报中作为更正说明。"
        for step in waiting
        if Month(REGISTER_COMPLETE_FROM, 1) <= Month.of(step.effective_on) <= printed
    )
