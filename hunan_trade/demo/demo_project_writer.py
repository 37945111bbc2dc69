"""Writes the demo's projects and stage steps in bulk, month by month, and fills in the sheet 项目进度.

What a city enters in a month goes through the portal's own actions where those take many projects at once. The steps are
written here, a city's at once: to enter some 2,000 one by one would take as long as all the rest of the demo.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from io import BytesIO
from typing import Any

from django.db import transaction
from docx import Document

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.demo.demo_figures import CITIES, SEED, City, DemoFigures, apportion
from hunan_trade.demo.demo_projects import (
    OPENING,
    USD,
    YUAN,
    DemoProject,
    additional_earlier_projects,
    entry_day,
    planned_projects,
)
from hunan_trade.files.actions import store_file
from hunan_trade.intake.datasets import DatasetContext
from hunan_trade.lists.attachments.file_kind_detection import CONTENT_TYPES
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.tabular.table_types import PrefilledRow
from projects.actions import save_projects
from projects.choices import EntryState, Stage
from projects.models import Project, StageEntry
from projects.monthly_progress.progress_sheet_data import CODE
from projects.monthly_progress.rules_late_reported_steps import CURRENT_LINE
from projects.stages.actions import decide_steps, refresh_stages
from projects.stages.rules import CONFIRMED_BY_PROVINCE

_STILL_TO_PAY = 0.8  # of the contracts of 2011 and 2012
_PAYING = 0.6  # of the projects in a month
_GIVEN_BACK_IN = {Month(2013, 4), Month(2013, 6)}
_CHECKED = "现场照片和施工许可证已核对"
_EXPECTED = ("expected_landed_on", "expected_produced_on", "expected_operated_on")
_AT_ONCE = 1000  # projects that one statement writes


@dataclass
class ProjectWriter:
    """Writes the demo's projects to the database, and tracks how much of their capital is not paid in yet."""

    figures: DemoFigures
    people: Mapping[str, User]
    by_key: dict[int, DemoProject] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)  # whose step was given back or voided, so that none follows

    @cached_property
    def planned(self) -> list[DemoProject]:
        return planned_projects(self.figures)

    @cached_property
    def unpaid_capital(self) -> dict[tuple[str, str], int]:
        """Capital not yet paid in, in 万 (10,000), by (project code, currency); grows with each project entered."""
        return {}

    def reporter(self, city: City) -> User:
        return self.people[f"{city.username_prefix}-reporter"]

    def of_city(self, city: City) -> dict[int, DemoProject]:
        """Return the demo projects of a city entered so far, as a dict by primary key."""
        return {pk: project for pk, project in self.by_key.items() if project.city == city}

    # --- Months -----------------------------------------------------------------------------------------------------
    def write_month(self, month: Month) -> None:
        """Let the province decide on waiting stage changes, then enter all cities' projects of a month."""
        with clock.frozen_at(clock.at(month.first + timedelta(days=15), 10, 20)):
            self._decide_steps(month)
        for city in CITIES:
            entered = [each for each in self.planned if each.city == city and each.entered_in == month]
            with clock.frozen_at(clock.at(entry_day(city, month), 15, 20 + CITIES.index(city))), transaction.atomic():
                self._enter_landing_prerequisites(city, month)
                self._postpone_expected_dates(city, month)
                self.enter_projects(city, entered)
                self.enter_steps(city, month, self.of_city(city))

    def write_more_projects(self, number: int) -> None:
        """Write `number` more projects, signed before 2013 and entered when the project register was opened."""
        more = list(additional_earlier_projects(number))
        for city in CITIES:
            of_city = [project for project in more if project.city == city]
            for at in range(0, len(of_city), _AT_ONCE):
                with clock.frozen_at(clock.at(entry_day(city, OPENING), 17)), transaction.atomic():
                    self.enter_steps(city, OPENING, self.enter_projects(city, of_city[at : at + _AT_ONCE]))

    @transaction.atomic
    def confirm_steps(self, reached_by: date, cities: Iterable[City]) -> None:
        """Let the province confirm these cities' waiting project stage changes dated up to `reached_by`."""
        steps = StageEntry.objects.filter(state=EntryState.AWAITING_PROVINCE, effective_on__lte=reached_by)
        waiting = steps.filter(city__in=[city.code for city in cities])
        officer, seen = self.people["officer1"], dict(waiting.values_list("pk", "version"))
        raise_if_refused(decide_steps(seen=seen, name="confirm", by=officer, reason=_CHECKED))

    @transaction.atomic
    def _decide_steps(self, month: Month) -> None:
        waiting = StageEntry.objects.filter(state=EntryState.AWAITING_PROVINCE).order_by("pk")
        steps = list(waiting.values_list("pk", "version", "project"))
        given_back = steps[-1:] if month in _GIVEN_BACK_IN else []
        officer, confirmed = self.people["officer1"], steps[: len(steps) - len(given_back)]
        for name, chosen, reason in (
            ("confirm", confirmed, _CHECKED),
            ("give_back", given_back, "施工许可证上的建设单位与投资方不一致，核对后再报"),
        ):
            if chosen:
                outcomes = decide_steps(
                    seen={pk: version for pk, version, _ in chosen}, name=name, by=officer, reason=reason
                )
                raise_if_refused(outcomes)
        self.stopped |= {project for _, _, project in given_back}

    def _enter_landing_prerequisites(self, city: City, month: Month) -> None:
        """Enter the registration date and approval of projects that reach the stage LANDED in a month."""
        landed = {
            pk: each
            for pk, each in self.of_city(city).items()
            if pk not in self.stopped and Month.of(each.steps.get(Stage.LANDED, date.min)) == month
        }
        registered = {pk: {"registered_on": each.registered_on} for pk, each in landed.items()}
        self.change_projects(city, registered, "补填工商注册日期")
        if landed:
            self._attach_approvals(city, landed)

    def _attach_approvals(self, city: City, projects: Iterable[int]) -> None:
        """Attach the same invented approval document to each of a city's given projects."""
        reporter, stored = self.reporter(city), store_file(self._approval, content_type=CONTENT_TYPES["docx"])
        document = {"file": stored, "name": "演示环评批复.docx", "kind": "docx", "document": "eia"}
        with open_act(Act.Kind.ATTACHED, listing="projects", by=reporter) as act:
            attached = [Attachment(listing="projects", record=pk, added=act, **document) for pk in projects]
            Attachment.objects.bulk_create(attached)
        record("attachment.added", by=reporter, region=city.code, after={"written": len(attached)})

    @cached_property
    def _approval(self) -> bytes:
        document, written = Document(), BytesIO()
        document.add_paragraph("演示数据，并无此环评批复。")
        document.save(written)
        return written.getvalue()

    def _postpone_expected_dates(self, city: City, month: Month) -> None:
        """Postpone the expected stage dates of some signed projects by a month, giving a reason."""
        put_off = [pk for pk, each in self.of_city(city).items() if month in each.put_off_in and pk not in self.stopped]
        waiting = Project.objects.filter(pk__in=put_off, stage=Stage.SIGNED)
        changes = {
            row.pop("pk"): {name: _a_month_later(day) for name, day in row.items() if day}
            for row in waiting.values("pk", *_EXPECTED)
        }
        self.change_projects(city, changes, "用地指标未下达，开工推迟一个月")

    # --- Writing ----------------------------------------------------------------------------------------------------
    def change_projects(self, city: City, changes: Mapping[int, Mapping[str, Any]], reason: str) -> None:
        """Change field values of a city's projects on behalf of the city's reporter."""
        if not changes:
            return
        versions = dict(Project.objects.filter(pk__in=changes).values_list("pk", "version"))
        given = [RecordChange(values, pk, versions[pk]) for pk, values in changes.items()]
        raise_if_refused(save_projects(changes=given, by=self.reporter(city), kind=Act.Kind.EDITED, reason=reason))

    def enter_projects(self, city: City, projects: Sequence[DemoProject]) -> dict[int, DemoProject]:
        """Enter new projects of a city on behalf of its reporter; return them as a dict by primary key."""
        areas, reporter = self._county_codes_by_city[city.code], self.reporter(city)
        changes = [
            RecordChange({**each.values, "area": areas[at % len(areas)], "city_contact": reporter})
            for at, each in enumerate(projects)
        ]
        if not changes:
            return {}
        outcomes = save_projects(changes=changes, by=reporter, kind=Act.Kind.CREATED)
        raise_if_refused(outcomes)
        made = {each.pk or 0: project for each, project in zip(outcomes, projects, strict=True)}
        self.by_key |= made
        for pk, code in Project.objects.filter(pk__in=made).values_list("pk", "code"):
            share = _STILL_TO_PAY if made[pk].entered_in == OPENING else 1
            self.unpaid_capital |= {
                (code, currency): int(amount * share) for currency, amount in made[pk].contracts.items()
            }
        return made

    def enter_steps(self, city: City, month: Month, projects: Mapping[int, DemoProject]) -> None:
        """Enter a city's project stage changes dated in a month; in the register's first month, also earlier ones."""
        reporter = self.reporter(city)
        entries = [
            StageEntry(
                project_id=pk,
                city_id=city.code,
                stage=stage,
                effective_on=day,
                entered_by=reporter,
                entered_at=clock.now(),
                **self._step_state_fields(stage, month),
            )
            for pk, each in projects.items()
            for stage, day in each.steps.items()
            if (Month.of(day) == month or (month == OPENING and Month.of(day) < month))
            and not each.is_entered_late
            and pk not in self.stopped
        ]
        if not entries:
            return
        with open_act(Act.Kind.CREATED, listing="project-stages", by=reporter):
            StageEntry.objects.bulk_create(entries)
        refresh_stages({entry.project_id for entry in entries}, by=reporter, reason="")
        record("stage.entered", by=reporter, region=city.code, after={"written": len(entries)})

    def _step_state_fields(self, stage: Stage, month: Month) -> dict[str, Any]:
        """Return a new stage change's approval fields: valid in the register's first month, else undecided."""
        if month == OPENING:
            decided = {"decided_by": self.people["officer1"], "decided_at": clock.now(), "decided_reason": "建库时核对"}
            return {"state": EntryState.VALID, **decided}
        waits = stage in CONFIRMED_BY_PROVINCE
        return {"state": EntryState.AWAITING_PROVINCE if waits else EntryState.UNACCEPTED}

    @cached_property
    def _county_codes_by_city(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, city in Region.objects.filter(level="county").order_by("code").values_list("code", "parent"):
            found.setdefault(city or "", []).append(code)
        return found

    # --- The sheet of the return ------------------------------------------------------------------------------------
    @cached_property
    def _typed(self) -> dict[tuple[City, Month], dict[str, dict[str, str]]]:
        return {}

    def progress_texts(
        self, city: City, month: Month, contexts: Mapping[str, DatasetContext]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Return the texts that a city types into the sheet 项目进度, by dataset, row and column.

        Each time it files the month the money is the same, while the stages are those that the register has by then. The capital paid in is what the city's summary says, spread over projects that have still to pay.
        """
        if CODE not in contexts:
            return {}
        rows = {row.key: row for row in contexts[CODE].rows if row.key.endswith(CURRENT_LINE)}
        if (city, month) not in self._typed:
            self._typed[city, month] = self._new_progress_texts(city, month, rows)
        typed = self._typed[city, month]
        texts = {}
        for key, row in rows.items():
            stage = {name: row.defaults[name] for name in ("stage", "stage_on")}
            texts[key] = {**stage, **typed.get(key, {"paid_in_cny": "0", "paid_in_usd": "0"})}
        return {CODE: texts}

    def _new_progress_texts(
        self, city: City, month: Month, rows: Mapping[str, PrefilledRow]
    ) -> dict[str, dict[str, str]]:
        draw, said = random.Random(f"{SEED}paid{city.code}{month}"), self.figures.filed_summary_texts(city, month)
        codes = {key: key.removesuffix(CURRENT_LINE).rstrip("/") for key in rows}
        signed = [key for key, row in rows.items() if row.defaults["stage"] != Stage.INTENDED.label]
        texts = {key: {"paid_in_cny": "0", "paid_in_usd": "0"} for key in rows}
        for currency, item in ((YUAN, "09"), (USD, "11")):
            owing = [key for key in signed if self.unpaid_capital.get((codes[key], currency))]
            paying = [key for key in owing if draw.random() < _PAYING] or owing
            weights = [self.unpaid_capital[codes[key], currency] for key in paying]
            for key, part in zip(paying, apportion(int(said[item]), weights) if weights else (), strict=True):
                self.unpaid_capital[codes[key], currency] = max(0, self.unpaid_capital[codes[key], currency] - part)
                texts[key][f"paid_in_{currency}"] = str(part)
        put_off = {code for code, project in self._projects_by_code(city).items() if month in project.put_off_in}
        for key, row in rows.items():
            expected = row.defaults["expected_produced_on"]
            if codes[key] in put_off and row.defaults["stage"] == Stage.LANDED.label and expected:
                texts[key]["expected_produced_on"] = str(_a_month_later(date.fromisoformat(expected)))
        return texts

    def _projects_by_code(self, city: City) -> dict[str, DemoProject]:
        codes = Project.objects.of_city(city.code).values_list("pk", "code")
        return {code: self.by_key[pk] for pk, code in codes if pk in self.by_key}


def _a_month_later(day: date) -> date:
    return day + timedelta(days=30)


def raise_if_refused(outcomes: Iterable[Any]) -> None:
    """Raise ValueError if the portal refused one of the invented projects or steps."""
    for outcome in outcomes:
        if outcome.refused:
            raise ValueError(outcome.errors)
