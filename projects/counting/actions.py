"""Stores which event makes a project count in a plan year, and updates the verdicts of all projects."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale
from projects.choices import CountingEvent, Stage
from projects.counting.count_observations import correct_counts, counted_project
from projects.counting.rules import FIRST_RULES
from projects.counting.verdicts import VERDICT_FIELDS, counting_rules, set_verdicts, verdict_fields
from projects.fortune.verdicts import lock_groups
from projects.models import CountingDecision, Project

_WRITE = f"""
UPDATE {Project._meta.db_table} standing
SET {", ".join(f"{name} = found.{name}" for name in VERDICT_FIELDS)}
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::text[], %s::int[])
    AS found (id, {", ".join(VERDICT_FIELDS)})
WHERE standing.id = found.id
"""


@transaction.atomic
def decide_counting(*, year: int, event: str, reason: str, by: User) -> CountingDecision:
    """Store which event makes a project count in a plan year, and update the verdicts of all projects.

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
    lock_groups()
    # Whoever writes a project judges it under its lock: having waited for all of them, nobody goes by the old rules.
    list(Project.objects.order_by("pk").select_for_update().values_list("pk"))
    before = counting_rules().of_year(year)
    if before.event == event:
        raise MoveRefused(f"{year}年已按{before.event.label}计数，不用再定")
    decided = _store(year, event, reason, by)
    changed = _judge_again(f"{decided}。{reason}", by)
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


def _store(year: int, event: str, reason: str, by: User) -> CountingDecision:
    rules = counting_rules()
    version = rules.by_year[year].version + 1 if year in rules.by_year else 1
    try:
        with transaction.atomic():
            return CountingDecision.objects.create(
                year=year, event=event, version=version, reason=reason, decided_by=by, decided_at=clock.now()
            )
    except IntegrityError:
        raise Stale(f"刚有人定了{year}年的计数规则。看过现在的规则再定") from None


def _judge_again(reason: str, by: User) -> int:
    """Recompute the verdicts of all projects, save those that changed, and return how many changed.

    No rule judges a project without a step that stands.
    """
    projects = list(Project.objects.exclude(stage=Stage.INTENDED).order_by("pk").prefetch_related("stage_entries"))
    before, counted = [verdict_fields(project) for project in projects], [counted_project(each) for each in projects]
    set_verdicts(projects)
    changed = [each for each, was in zip(projects, before, strict=True) if verdict_fields(each) != was]
    if changed:
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=reason):
            _write_verdicts(changed)
        correct_counts(counted, map(counted_project, projects), by=by, reason=reason)
    return len(changed)


def _write_verdicts(projects: Sequence[Project]) -> None:
    columns = zip(*((project.pk, *verdict_fields(project)) for project in projects), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(column) for column in columns])
