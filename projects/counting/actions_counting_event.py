"""Stores which event makes a project count in a plan year, and updates the verdicts of all projects."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale
from projects.choices import CountingEvent, Stage
from projects.counting.monthly_counts import CityReasons
from projects.counting.rules import FIRST_RULES
from projects.counting.verdict_updates import recompute_verdicts
from projects.counting.verdicts import counting_rules
from projects.fortune_500.verdicts import lock_fortune_verdicts
from projects.models import CountingDecision, Project


@transaction.atomic
def decide_counting(*, year: int, event: str, reason: str, by: User) -> CountingDecision:
    """Store which event makes a project count in a plan year, and recompute whether each project counts.

    Later years without a decision of their own follow, too, and earlier ones keep theirs.
    """
    if not by.may(Permission.DECIDE_COUNTING):
        raise MoveRefused("没有定计数规则的权限")
    first, last = FIRST_RULES.complete_from, clock.today().year + 1
    if not first <= year <= last:
        raise MoveRefused(f"年度要在 {first} 到 {last} 之间。改写年度再定")
    if event not in CountingEvent.values:
        raise MoveRefused(f"计数环节只能是{'、'.join(str(each.label) for each in CountingEvent)}。改选再定")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    lock_fortune_verdicts()
    # Whoever writes a project judges it under its lock: having waited for all of them, nobody goes by the old rules.
    list(Project.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    before = counting_rules().of_year(year)
    if before.event == event:
        raise MoveRefused(f"{year}年已按{before.event.label}计数，不用再定")
    decided = _store_decision(year, event, reason, by)
    changed = recompute_verdicts(_projects_with_steps(), by=by, reasons=CityReasons(f"{decided}。{reason}"))
    after = {"year": year, "event": decided.get_event_display(), "version": decided.version, "changed": changed}
    record(
        "counting.decided",
        by=by,
        subject=decided,
        reason=reason,
        before={"event": str(before.event.label)},
        after=after,
    )
    return decided


def _store_decision(year: int, event: str, reason: str, by: User) -> CountingDecision:
    rules = counting_rules()
    version = rules.by_year[year].version + 1 if year in rules.by_year else 1
    try:
        with transaction.atomic():
            return CountingDecision.objects.create(
                year=year, event=event, version=version, reason=reason, decided_by=by, decided_at=clock.now()
            )
    except IntegrityError:
        raise Stale(f"刚有人定了{year}年的计数规则。看过现在的规则再定") from None


def _projects_with_steps() -> list[Project]:
    """Return the projects beyond the first stage (意向), the only ones whose verdicts depend on the rules."""
    return list(Project.objects.exclude(stage=Stage.INTENDED).order_by("pk").prefetch_related("stage_entries"))
