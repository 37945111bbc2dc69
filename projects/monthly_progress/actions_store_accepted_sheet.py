"""Stores the rows of an accepted progress sheet and makes the steps in the sheet valid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from hunan_trade.intake.datasets import StoredFigure
from hunan_trade.intake.models import Round
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.tabular.table_types import ParsedTable
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.choices import Stage
from projects.counting.monthly_counts import store_month_counts
from projects.counting.project_locks import lock_with_linked_projects
from projects.fortune_500.verdicts import lock_fortune_verdicts
from projects.models import Project, ProjectMonth
from projects.monthly_progress.rules_for_checking_sheet import HAS_OBSTACLE, rows_with_changed_production_date
from projects.stages.actions import accept_steps

_STAGES = {str(stage.label): stage for stage in Stage}


def store_progress(table: ParsedTable, *, round_: Round, by: User) -> Iterator[StoredFigure]:
    """Store the rows of a city's accepted monthly progress sheet, and make the stage steps in it valid.

    Rows of an earlier acceptance of the month stay, and say which round replaced them. How many projects count in the
    month is observed with the register as source, apart from the figures that the return says.
    """
    lock_fortune_verdicts()
    lock_with_linked_projects(_projects_to_change(table))
    rows = [_month_row(table, at, round_) for at, key in enumerate(table.record_keys) if key in table.known.projects]
    replaced = Q(round__monthly_return=round_.monthly_return_id)
    if rows:
        replaced |= Q(project__in=[row.project_id for row in rows], month=table.month.first)
    ProjectMonth.objects.current().filter(replaced).order_by().update(replaced_by=round_)
    ProjectMonth.objects.bulk_create(rows)
    _change_expected_days(table, round_, by)
    reason = f"{round_.monthly_return}核定"
    if table.known.steps:
        accept_steps(steps=table.known.steps, by=by, reason=reason)
    store_month_counts(round_.monthly_return.region_id, table.month, by=by, reason=reason)
    yield from ()


def _projects_to_change(table: ParsedTable) -> set[int]:
    """Return the keys of the projects whose expected date or stage steps an accepted progress sheet changes."""
    known, dated = table.known, {project.pk for _, project in rows_with_changed_production_date(table)}
    stepped = (each.pk for each in known.projects.values() if any(step.number in known.steps for step in each.steps))
    return dated.union(stepped)


def _change_expected_days(table: ParsedTable, round_: Round, by: User) -> None:
    """Save to the projects the expected production (投产) dates that a progress sheet changes, with its reasons.

    Who changed a day in the register after the return was handed up is newer, and stays. Raises MoveRefused where the
    register refuses the day.
    """
    projects = {project.pk: (at, project) for at, project in rows_with_changed_production_date(table)}
    standing = Project.objects.filter(pk__in=projects).order_by("pk")
    for pk, code, version, day in standing.values_list("pk", "code", "version", "expected_produced_on"):
        at, project = projects[pk]
        if day != project.expected.get(Stage.PRODUCED):
            continue
        change = RecordChange({"expected_produced_on": table.values["expected_produced_on"][at]}, pk, version)
        reason = f"{round_.monthly_return}：{table.values['reason'][at] or ''}"
        (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason=reason)
        if outcome.refused:
            sentences = "".join(sentence for each in outcome.errors.values() for sentence in each)
            raise MoveRefused(f"{code} 的预计投产没有写入项目库：{sentences.removesuffix('。')}")


def _month_row(table: ParsedTable, at: int, round_: Round) -> ProjectMonth:
    values: dict[str, Any] = {key: column[at] for key, column in table.values.items()}
    project = table.known.projects[table.record_keys[at]]
    proof = project.last_stage_step(table.month)
    return ProjectMonth(
        project_id=project.pk,
        month=table.month.first,
        stage=_STAGES.get(values["stage"] or "", proof.stage),  # nothing is typed in the row of a closed project
        stage_on=values["stage_on"] or proof.effective_on,
        expected_produced_on=values["expected_produced_on"],
        paid_in_cny=quantities.wan_to_money(values["paid_in_cny"]),
        paid_in_usd=quantities.wan_to_money(values["paid_in_usd"]),
        obstacle=values["obstacle"] == HAS_OBSTACLE,
        obstacle_text=values["obstacle_text"] or "",
        reason=values["reason"] or "",
        round=round_,
    )
