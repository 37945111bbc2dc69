"""Loads a city's projects and their earlier accepted figures for one month's progress sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from hunan_trade import quantities
from hunan_trade.intake.datasets import Past
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.periods import Month
from hunan_trade.tabular.table_types import KEY_SEPARATOR, PrefilledRow
from projects.choices import CountingRule, EntryState, Stage, Status
from projects.counting.project_locks import lock_with_linked_projects
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS
from projects.duplicates.merged_project_refusals import merged_sentence, survivors
from projects.models import CodeCounter, Project, ProjectHistory
from projects.monthly_progress.models import ProjectMonth
from projects.monthly_progress.rules_for_checking_sheet import NO_OBSTACLE, THRESHOLDS, ProgressThresholds
from projects.monthly_progress.rules_late_reported_steps import (
    CURRENT_LINE,
    LATE_LINES,
    ZERO,
    AcceptedMonth,
    EarlierReturn,
    ProjectSnapshot,
    is_reported_late,
)
from projects.stages.models import StageEntry, StageEntryHistory
from projects.stages.rules import Entry

CODE = "project_progress"
FIRST_MONTH = Month(2013, 1)
_TYPED_IN_CLOSED = frozenset({"paid_in_cny", "paid_in_usd", "reason"})
_TYPED = ("stage", "stage_on", "expected_produced_on", "paid_in_cny", "paid_in_usd", "obstacle", "obstacle_text")


@dataclass(frozen=True)
class ProgressSheetData:
    """A city's projects with their earlier accepted figures, for one month's progress sheet."""

    rows: Sequence[PrefilledRow] = ()
    past: Past = field(default_factory=dict)
    projects: Mapping[str, ProjectSnapshot] = field(default_factory=dict)  # by the key of the row of the month
    merged: Mapping[str, str] = field(default_factory=dict)  # code of a merged project -> what to do instead
    steps: frozenset[int] = frozenset()  # keys of the steps that the acceptance of the return makes valid
    was_accepted: bool = False  # the return was accepted before, and reopened
    is_older: bool = False  # the return of a later month was accepted already
    thresholds: ProgressThresholds = field(
        default_factory=lambda: ProgressThresholds(**{each.code: each.default for each in THRESHOLDS})
    )

    def addable_row(self, key: str) -> PrefilledRow | None:
        """Return the sheet row for a terminated or finished project that a user adds, or None for any other key."""
        project = self.projects.get(key)
        if project is None or not project.is_closed:
            return None
        locked = frozenset(_TYPED) - _TYPED_IN_CLOSED
        return PrefilledRow(key, project.name, {"name": project.name}, locked_columns=locked)

    def why_unlisted(self, key: str) -> str:
        """Return a Chinese sentence if the row key `key` names a project that was merged into another one, else ""."""
        return self.merged.get(key.partition(KEY_SEPARATOR)[0], "")


def load_progress(region: str, month: Month, as_of: datetime | None = None) -> ProgressSheetData:
    """Load a city's projects for a month's progress sheet, as they are now or were at the moment `as_of`."""
    every = _project_rows(region, month, as_of)
    if not every:
        return ProgressSheetData()
    projects = [row for row in every if row.verdict_rule != CountingRule.R5]
    merged = _merged_sentences([row for row in every if row.verdict_rule == CountingRule.R5], region, as_of)
    steps = _steps(region, {row.id for row in projects}, as_of)
    entries = {pk: [_entry(row) for row in rows] for pk, rows in steps.items()}
    months, paid = _accepted_months(region, month), _paid_before(region, month)
    late = _late_steps(region, month, steps, as_of)
    facts = [_project_snapshot(row, entries, months, paid) for row in projects]
    own = {
        step.number: step
        for steps_of_one in entries.values()
        for step in steps_of_one
        if step.state == EntryState.UNACCEPTED and Month.of(step.effective_on) == month
    }
    taken = frozenset({*own, *(step.number for found in late.values() for step in found)})
    rows = list(_rows(facts, month, late, taken))
    accepted = _accepted_rounds(region, as_of).filter(monthly_return__month__gte=month.first)
    reported = {Month.of(day) for day in accepted.values_list("monthly_return__month", flat=True)}
    return ProgressSheetData(
        rows=rows,
        past={_row_key(each): _paid_in_wan(each.months) for each in facts if each.months},
        projects={_row_key(each): each for each in facts},
        merged=merged,
        steps=taken,
        was_accepted=month in reported,
        is_older=any(later > month for later in reported),
        thresholds=ProgressThresholds(**threshold_values_for_month(CODE, THRESHOLDS, month, as_of)),
    )


def max_row_count(region: str, month: Month) -> int:
    """Return how many rows a city's progress sheet can have at most: all projects, all unaccepted stage steps."""
    late = StageEntry.objects.filter(city=region, state=EntryState.UNACCEPTED).count()
    return Project.objects.of_city(region).count() + late


def lock_city_projects(region: str) -> None:
    """Lock a city's projects until the transaction ends, so that nobody can enter a stage step or a new project.

    A new project locks the counter of its city before anything else, and so does this: no project comes in meanwhile.
    """
    list(CodeCounter.objects.filter(city=region).order_by("pk").select_for_update().values_list("pk"))
    lock_with_linked_projects(Project.objects.of_city(region).values_list("pk", flat=True))


# --- Queries --------------------------------------------------------------------------------------------------------
def _project_rows(region: str, month: Month, as_of: datetime | None) -> list[Any]:
    rows: Any = Project.objects.all() if as_of is None else ProjectHistory.objects.valid_at(as_of)
    known = rows.filter(city=region, intended_on__lte=month.last).order_by("code")
    fields = (
        "id",
        "code",
        "name",
        "status",
        "intended_on",
        "verdict_rule",
        "contracted_total_cny",
        "contracted_total_usd",
        *EXPECTED_FIELDS.values(),
    )
    return list(known.values_list(*fields, named=True))


def _merged_sentences(merged: Sequence[Any], region: str, as_of: datetime | None) -> dict[str, str]:
    """Return, by code of each merged project, a Chinese sentence that refuses its row in the progress sheet."""
    found = survivors([row.id for row in merged], as_of)
    return {
        row.code: f"{merged_sentence(found[row.id], is_visible=found[row.id].city_id == region)}。"
        for row in merged
        if row.id in found
    }


def _steps(region: str, projects: Collection[int], as_of: datetime | None) -> dict[int, list[Any]]:
    """Return, by project key, the stage steps (签约, 投产 …) of the given projects of a city."""
    rows: Any = StageEntry.objects.all() if as_of is None else StageEntryHistory.objects.valid_at(as_of)
    found: dict[int, list[Any]] = {}
    fields = ("id", "project_id", "stage", "effective_on", "state", "entered_at")
    for row in rows.filter(city=region).order_by("id").values_list(*fields, named=True):
        if row.project_id in projects:
            found.setdefault(row.project_id, []).append(row)
    return found


def _accepted_months(region: str, month: Month) -> dict[int, dict[Month, AcceptedMonth]]:
    """Return, by project and month, the stage and paid-in capital accepted for the twelve months before `month`."""
    known = ProjectMonth.objects.current().of_city(region).before(month).filter(month__gte=month.plus(-12).first)
    found: dict[int, dict[Month, AcceptedMonth]] = {}
    fields = ("stage", "expected_produced_on", "paid_in_cny", "paid_in_usd")
    for pk, day, stage, *rest in known.order_by("month").values_list("project_id", "month", *fields):
        found.setdefault(pk, {})[Month.of(day)] = AcceptedMonth(Stage(stage), *rest)
    return found


def _paid_before(region: str, month: Month) -> dict[int, tuple[Decimal, Decimal]]:
    known = ProjectMonth.objects.current().of_city(region).before(month).order_by().values("project_id")
    sums = known.annotate(cny=Sum("paid_in_cny"), usd=Sum("paid_in_usd"))
    return {pk: (cny, usd) for pk, cny, usd in sums.values_list("project_id", "cny", "usd")}


def _accepted_rounds(region: str, as_of: datetime | None) -> Any:
    rounds = Round.objects.filter(monthly_return__region=region, decision=Round.Decision.ACCEPTED)
    return rounds if as_of is None else rounds.filter(decided_at__lte=as_of)


def _late_steps(
    region: str, month: Month, steps: Mapping[int, Sequence[Any]], as_of: datetime | None
) -> dict[int, list[Entry]]:
    """Return, by project, the stage steps of earlier months that the return of `month` reports late (补报)."""
    candidates = [
        row
        for rows in steps.values()
        for row in rows
        if row.state == EntryState.UNACCEPTED and row.effective_on < month.first
    ]
    returns = _earlier_returns(region, month, as_of) if candidates else {}
    found: dict[int, list[Entry]] = {}
    for row in candidates:
        if is_reported_late(_entry(row), row.entered_at, month, returns):
            found.setdefault(row.project_id, []).append(_entry(row))
    return found


def _earlier_returns(region: str, month: Month, as_of: datetime | None) -> dict[Month, EarlierReturn]:
    """Return a city's monthly returns before `month`, as they are now or were at the moment `as_of`."""
    accepted = set(_accepted_rounds(region, as_of).values_list("monthly_return_id", flat=True))
    granted = Exemption.objects.filter(monthly_return__region=region, granted=True)
    if as_of is not None:
        granted = granted.filter(decided_at__lte=as_of)
    until: dict[int, datetime] = {}
    for pk, at in granted.order_by("until").values_list("monthly_return_id", "until"):
        until[pk] = at
    returns = MonthlyReturn.objects.filter(region=region, month__gte=FIRST_MONTH.first, month__lt=month.first)
    return {
        Month.of(day): EarlierReturn(pk in accepted, max(locks_at, until.get(pk, locks_at)))
        for pk, day, locks_at in returns.values_list("pk", "month", "locks_at")
    }


# --- Rows -----------------------------------------------------------------------------------------------------------
def _entry(row: Any) -> Entry:
    return Entry(Stage(row.stage), row.effective_on, EntryState(row.state), row.id)


def _project_snapshot(
    row: Any,
    entries: Mapping[int, Sequence[Entry]],
    months: Mapping[int, Mapping[Month, AcceptedMonth]],
    paid: Mapping[int, tuple[Decimal, Decimal]],
) -> ProjectSnapshot:
    return ProjectSnapshot(
        pk=row.id,
        code=row.code,
        name=row.name,
        status=Status(row.status),
        contracted_cny=row.contracted_total_cny,
        contracted_usd=row.contracted_total_usd,
        expected={stage: on for stage, name in EXPECTED_FIELDS.items() if (on := getattr(row, name))},
        steps=(Entry(Stage.INTENDED, row.intended_on), *entries.get(row.id, ())),
        months=months.get(row.id, {}),
        paid_before=paid.get(row.id, (ZERO, ZERO)),
    )


def _row_key(project: ProjectSnapshot, line: str = CURRENT_LINE) -> str:
    return f"{project.code}{KEY_SEPARATOR}{line}"


def _rows(
    facts: Sequence[ProjectSnapshot], month: Month, late: Mapping[int, Sequence[Entry]], taken: frozenset[int]
) -> Iterator[PrefilledRow]:
    """Yield a sheet row for each project that is active or has new stage steps, then one for each late step."""
    for project in facts:
        if not project.is_closed or any(step.number in taken for step in project.steps):
            yield _current_row(project, month)
    for project in facts:
        for step in late.get(project.pk, ()):
            texts = {"name": project.name, "stage": str(step.stage.label), "stage_on": step.effective_on.isoformat()}
            yield PrefilledRow(
                _row_key(project, LATE_LINES[step.stage]), project.name, texts, locked_columns=frozenset(_TYPED)
            )


def _current_row(project: ProjectSnapshot, month: Month) -> PrefilledRow:
    proof, last = project.last_stage_step(month), project.months.get(month.previous)
    texts = {"name": project.name}
    if last is not None:
        texts["last_stage"] = str(last.stage.label)
        texts["last_expected"] = last.expected_produced_on.isoformat() if last.expected_produced_on else ""
    expected = project.expected.get(Stage.PRODUCED)
    defaults = {
        "stage": str(proof.stage.label),
        "stage_on": proof.effective_on.isoformat(),
        "expected_produced_on": expected.isoformat() if expected else "",
        "obstacle": NO_OBSTACLE,
        "obstacle_text": "",
    }
    return PrefilledRow(_row_key(project), project.name, texts, defaults)


def _paid_in_wan(months: Mapping[Month, AcceptedMonth]) -> dict[Month, dict[str, Decimal]]:
    return {
        month: {
            "paid_in_cny": accepted.paid_in_cny / quantities.WAN,
            "paid_in_usd": accepted.paid_in_usd / quantities.WAN,
        }
        for month, accepted in months.items()
    }
