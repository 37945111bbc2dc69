"""Creates rows for the tests of write endpoints and computes what a request changed.

It has a return of 长沙 and one of 郴州 in each state, in the same months, and a report in each state. So what is
refused for a foreign key is refused for its owner alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.test import Client

from enterprises.actions import save_enterprises
from enterprises.tables import ENTERPRISES
from enterprises.tests import return_factories as filing
from enterprises.tests.import_factories import closed_enterprise, imports_in_each_state
from events.actions import load_events, save_events
from events.models import Event as EventRecord
from events.tables import EVENTS
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators.tests.source_and_rate_factories import register_figures
from hunan_trade.industries.actions_load_industries import load_industries
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Upload
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.models import Act, SavedView
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.attachment_files import JPEG
from hunan_trade.lists.tests.import_factories import SAMPLES, checked_import, received_import, written_import
from hunan_trade.periods import Month
from hunan_trade.regions.actions_load_reference_tables import load_source_places
from hunan_trade.tests.leak_canaries import CANARY_WORD
from hunan_trade.tests.table_digests import REQUEST_TRACES
from hunan_trade.tests.two_city_data import WISH
from parks.actions import load_parks, save_parks
from parks.models import Park
from parks.tables import PARKS
from projects.actions import save_projects
from projects.actions_status import change_status
from projects.batches.actions import save_batches
from projects.duplicates.actions import decide_pair
from projects.fortune_500.actions import save_fortune_groups
from projects.tables import PROJECTS
from projects.tests.factories import (
    closed_year,
    decided_batch,
    followed_project,
    listed_group,
    listed_project,
    logged_contact,
    project,
    project_pair,
    proposed_increase,
    stepped_project,
    take_step,
    terminated_project,
    with_paid_in,
)
from reporting.models import Report
from reporting.tests import factories
from targets import actions as plans
from targets.actions_rosters import save_roster_entries
from targets.drafting import actions as drafting
from targets.models import RosterEntry
from targets.tests.test_plan_drafts import PLAN, draft_of

OURS, THEIRS = cast.CHANGSHA, cast.CHENZHOU
TODAY = clock.at(date(2013, 7, 8), 10)
STEPS_OF_PROJECTS = (("sign",), ("sign", "land"), ("sign", "land", "produce"))  # all confirmed
OPERATING = ("sign", "land", "produce", "operate")
STATUSES_OF_PROJECTS: tuple[tuple[str, ...], ...] = ((), ("delay",), ("finish",))  # of projects that operate
FAR_FUTURE = TODAY.replace(year=2020)
STATES = ("filling", "signing", "sent", "given_back", "accepted", "locked")
REPORT_STATES = ("draft", "reviewing", "reviewed", "issued")
MONTHS = {state: Month(2009, 1).plus(step) for step, state in enumerate(STATES)}
SECOND_MONTH = Month(2010, 1)  # a second one that waits for review
Changes = frozenset[tuple[str, str]]  # (app.Model.field, value), or (app.Model, the row that came or went)


@dataclass(frozen=True)
class WriteData:
    """Users, returns, uploads and reports in every state, for the tests of write endpoints."""

    people: dict[str, User]
    clients: dict[str, Client]
    tokens: dict[tuple[str, str], dict[str, str]]  # (who, scope) → headers
    firms: dict[str, str]  # by city, the customs code
    returns: dict[tuple[str, str], MonthlyReturn]
    uploads: dict[tuple[str, str], Upload]
    reports: dict[str, Report]
    closed: User
    code: tuple[str, str]  # of an account that waits for its new password
    unreleased: User  # whose code waits to be released
    base: dict[str, dict[str, Any]]  # the tables as they stand


def create_write_data() -> WriteData:
    """Create users, returns, uploads and reports in every state, in the caller's transaction.

    The rows are dated to TODAY or long before.
    """
    with clock.frozen_at(TODAY):
        return _create_in_transaction()


def _create_in_transaction() -> WriteData:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 9)):
        load_industries()
        load_source_places()
        ours, theirs, province = factories.create_city(OURS), factories.create_city(THEIRS), factories.create_province()
        plans.load_plan_2013(by=System("初始化"))
        published = draft_of(PLAN, by=province.officer)
        drafting.publish(draft=published, seen=published.version, replaced_version=0, by=province.officer)
        draft_of(PLAN.replace("2014年", "2015年"), by=province.officer)
    for place, name in ((ours, "改名厂"), (theirs, f"{CANARY_WORD}厂")):
        rename = RecordChange({"name": name}, place.firm.pk, 1)
        save_enterprises(changes=[rename], by=place.reporter, kind=Act.Kind.EDITED)
    for place, name in ((ours, "试验项目"), (theirs, f"{CANARY_WORD}项目")):
        made = project(place.reporter, name=name)
        noted = RecordChange({"note": "改过"}, made.pk, made.version)
        save_projects(changes=[noted], by=place.reporter, kind=Act.Kind.EDITED)
        attach(PROJECTS, made.pk, JPEG, f"{name}.jpg", by=place.reporter)
        for steps in STEPS_OF_PROJECTS:
            stepped = stepped_project(place.reporter, *steps, confirmed_by=province.other, name=f"{name}{steps[-1]}")
            if steps[-1] == "land":
                with_paid_in(stepped, place.reporter)
        signed = stepped_project(place.reporter, "sign", confirmed_by=province.other, name=f"{name}待确认")
        take_step(signed, "land", signed.intended_on, by=place.reporter)
        logged_contact(place.reporter, stepped_project(place.reporter, name=f"{name}待签约"))
        proposed_increase(place.reporter, stepped_project(place.reporter, "sign", name=f"{name}增资"))
        by_province = stepped_project(place.reporter, "sign", name=f"{name}省厅增资")
        proposed_increase(province.other, by_province)
        decided = project_pair(place.reporter)
        decide_pair(pk=decided.pk, name="confirm_same", by=province.other, seen=decided.version, reason="合同是一份")
        project_pair(place.reporter)
        terminated_project(place.reporter, name=f"{name}待终止")
        terminated_project(place.reporter, confirmed_by=place.lead, name=f"{name}终止")
        for each in (place.reporter, place.lead, province.officer, province.boss):
            followed_project(each, made)
        for statuses in STATUSES_OF_PROJECTS:
            operating = stepped_project(place.reporter, *OPERATING, confirmed_by=province.other, name=f"{name}营运")
            for status in statuses:
                change_status(pk=operating.pk, name=status, by=place.reporter, seen=operating.version, reason=name)
    batch = decided_batch(province.boss)
    noted = RecordChange({"note": "改过"}, batch.pk, batch.version)
    save_batches(changes=[noted], by=province.boss, kind=Act.Kind.EDITED)
    water = {"project_class": "infrastructure", "kind": "water"}
    listed_project(province.officer, batch, project(theirs.reporter, name=f"{CANARY_WORD}列入", **water))
    project(theirs.reporter, name=f"{CANARY_WORD}待列入", **water)
    User.objects.filter(pk__in=[theirs.reporter.pk, theirs.lead.pk]).update(name=f"{CANARY_WORD}员")
    factories.accepted(ours, factories.JANUARY, ("60", "0"), province.officer)
    register_figures(ours.region, factories.JANUARY)
    closed_year(province.boss)
    keepers = {"admin": cast.administrator(), "security": cast.security_officer(), "auditor": cast.auditor()}
    people = {
        "reporter": ours.reporter, "lead": ours.lead, "neighbour": theirs.reporter, "their lead": theirs.lead,
        "officer": province.officer, "other": province.other, "province_lead": province.boss, **keepers,
    }  # fmt: skip
    returns, uploads = {}, {}
    for place, code in ((ours, OURS), (theirs, THEIRS)):
        for state, month in MONTHS.items():
            returns[code, state], received = _return_in_state(place, month, state, province.officer)
            uploads[code, state] = received
        returns[code, "more"], _ = _return_in_state(place, SECOND_MONTH, "sent", province.officer)
    reports = {
        state: factories.create_reports(province, [Month(2013, 2).plus(step)], state)[0]
        for step, state in enumerate(REPORT_STATES)
    }
    closed = cast.reporter()
    accounts.close_account(user=closed, by=people["admin"], reason="调离")
    waiting = cast.reporter()
    first = accounts.replace_password_with_code(user=waiting, by=people["admin"], reason="忘记")
    halves = (first, accounts.release_second_code_half(link=waiting.password_links.get(), by=people["security"]))
    accounts.replace_password_with_code(user=(unreleased := cast.officer()), by=people["admin"], reason="忘记")
    for user in people.values():
        for listing in declared():
            SavedView.objects.create(listing=listing.code, title="我的视图", owner=user)
        cast.token(user)
        job = jobs.enqueue("reports.write", WISH, key=f"{user.pk}", by=user, title="导出", region=user.region_id or "")
        Job.objects.filter(pk=job.pk).update(state="failed", lease_until=None, finished_at=TODAY, error="出错")
    for name in ("reporter", "neighbour"):
        accounts.grant_token(user=people[name], label="待领", scope=Token.Scope.READ, by=people["security"])
    clients = {name: factories.logged_in_client(user) for name, user in people.items()} | {"anonymous": Client()}
    scopes = [(name, Token.Scope.SUBMIT) for name in ("reporter", "neighbour")]
    scopes += [(name, Token.Scope.REGISTER) for name in ("reporter", "officer", "province_lead")]
    tokens = {(name, str(scope)): cast.bearer_headers(people[name], scope) for name, scope in scopes}
    load_parks(by=System("初始化"))
    park = Park.objects.earliest("pk")
    save_parks(changes=[RecordChange({"note": "改过"}, park.pk, 1)], by=people["officer"], kind=Act.Kind.EDITED)
    attach(PARKS, park.pk, JPEG, "照片.jpg", by=people["officer"])
    load_events(by=System("初始化"))
    event = EventRecord.objects.earliest("pk")
    moved = RecordChange({"place": "长沙"}, event.pk, 1)
    save_events(changes=[moved], by=people["officer"], kind=Act.Kind.EDITED)
    group = listed_group(people["officer"], "演示名单集团")
    noted = RecordChange({"note": "改过"}, group.pk, 1)
    save_fortune_groups(changes=[noted], by=people["officer"], kind=Act.Kind.EDITED)
    attach(EVENTS, event.pk, JPEG, "照片.jpg", by=people["officer"])
    attach(ENTERPRISES, ours.firm.pk, JPEG, "照片.jpg", by=ours.reporter)
    attach(ENTERPRISES, theirs.firm.pk, JPEG, f"{CANARY_WORD}.jpg", by=theirs.reporter)
    for who in ("reporter", "officer", "province_lead"):
        for code, sample in SAMPLES.items():
            if not sample.listing.may_import(people[who]):
                continue
            received_import(people[who], of=code)
            checked_import(people[who], of=code)
            written_import(people[who], sample.named(f"{people[who].username}的记录"), of=code)
    entry = RosterEntry.objects.current().earliest("pk")
    rename = RecordChange({"name": "改过的名称"}, entry.pk, entry.version)
    save_roster_entries(changes=[rename], by=people["officer"], kind=Act.Kind.EDITED)
    for number, by in enumerate((ours.reporter, province.officer, province.boss)):
        imports_in_each_state(by, *(closed_enterprise(OURS, at) for at in (0, 1 + number, 4 + number)))
    firms = {OURS: ours.firm.customs_code, THEIRS: theirs.firm.customs_code}
    return WriteData(
        people, clients, tokens, firms, returns, uploads, reports, closed, halves, unreleased, table_rows()
    )


def _return_in_state(place: factories.City, month: Month, state: str, officer: User) -> tuple[MonthlyReturn, Upload]:
    """Create a return in this state and an upload for the return."""
    region, dates = place.region, {"opens_at": clock.at(month.first), "due_at": TODAY, "locks_at": FAR_FUTURE}
    monthly_return = MonthlyReturn.objects.create(region_id=region, month=month.first, **dates)
    filing.declare_nil(monthly_return, "全月停产", place.reporter)
    if state in ("filling", "locked"):
        upload = _receive_upload(monthly_return, place.reporter)
    if state not in ("filling", "locked"):
        filing.handed_up(monthly_return, place.reporter)
    if state not in ("filling", "locked", "signing"):
        filing.signed(monthly_return, place.lead)
    if state == "given_back":
        filing.given_back(monthly_return, "疑多录", officer)
        upload = _receive_upload(monthly_return, place.reporter)
    if state == "accepted":
        deciding.accept(monthly_return.pk, by=officer, seen=filing.pending_round(monthly_return).digest)
        deciding.ask_exemption(monthly_return.pk, "reopen", "海关更正", TODAY.replace(day=28), by=officer)
    if state == "locked":
        MonthlyReturn.objects.filter(pk=monthly_return.pk).update(
            due_at=TODAY.replace(day=1), locks_at=TODAY.replace(day=2)
        )
    if state in ("signing", "sent", "accepted"):
        upload = _earlier_upload(monthly_return, place.reporter)
    monthly_return.refresh_from_db()
    return monthly_return, upload


def _receive_upload(monthly_return: MonthlyReturn, by: User) -> Upload:
    monthly_return.refresh_from_db()
    book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    return filling.receive_upload(monthly_return.pk, book, "月报.xlsx", by=by).upload


def _earlier_upload(monthly_return: MonthlyReturn, by: User) -> Upload:
    """Create an upload dated to the time when the return could still be filled in."""
    file = Upload.objects.filter(monthly_return__region=monthly_return.region_id).latest("received_at").file
    more = {"base_version": monthly_return.version, "received_at": TODAY, "blocking": 0}
    return Upload.objects.create(monthly_return=monthly_return, file=file, name="月报.xlsx", received_by=by, **more)


# --- What a request changes -------------------------------------------------------------------------------------------
# Drawn at random, from a sequence or from the real clock: that they change is seen, not to what.
RANDOM_FIELDS = {"id", "password", "digest", "prefix", "session_key", "password_changed_at", "expires_at", "created_at", "queued_at",
         "lease_until", "ended_at", "revoked_at", "used_at", "second_digest", "released_at", "fetched_at", "stored_at", "changed_at", "loaded_at", "written_at"}  # fmt: skip
_PLAN = {"plan_id", "section_id", "parent_id", "item_id", "identity_id", "planitem_id", "roster_id", "within_id"}
FIELDS_FROM_SEQUENCES = {
    "accounts.PasswordLink": {"user_id"}, "parks.ParkHistory": {"act_id"}, "enterprises.EnterpriseHistory": {"act_id"}, "events.Event": {"item_id"}, "events.EventHistory": {"act_id", "item_id"}, "projects.ProjectHistory": {"act_id", "batch_id"}, "projects.FortuneGroupHistory": {"act_id"}, "projects.StageEntry": {"project_id"}, "projects.StageEntryHistory": {"act_id", "project_id"}, "projects.CapitalIncrease": {"project_id"}, "projects.CapitalIncreaseHistory": {"act_id", "project_id"}, "projects.Project": {"batch_id"}, "projects.Batch": {"item_id"}, "projects.BatchHistory": {"act_id", "item_id"}, "projects.BatchMembership": {"batch_id", "project_id"}, "projects.BatchMembershipHistory": {"act_id", "batch_id", "project_id"}, "projects.ProjectContact": {"project_id"}, "projects.ProjectContactHistory": {"act_id", "project_id"}, "projects.ProjectFollower": {"project_id"}, "projects.Termination": {"project_id"}, "projects.TerminationHistory": {"act_id", "project_id"}, "targets.RosterEntryHistory": {"act_id", "roster_id"}, "lists.Act": {"reference"}, "lists.Attachment": {"added_id", "removed_id"}, "lists.ListDownload": {"job_id"}, "intake.Posting": {"observation_id"}, "projects.ProjectPair": {"first_id", "second_id"}, "projects.ProjectPairHistory": {"act_id", "first_id", "second_id"},
    **{f"targets.{name}": _PLAN for name in ("PlanSection", "PlanItem", "PlanItem_regions", "Quantity", "PlanDate", "Mention",
                                             "TaskState", "Roster", "RosterEntry", "Target", "PlanDraft")},
}  # fmt: skip
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # drawn at random, too: of a job and its file
TOKEN_USE = "accounts.Token.last_used_at"  # the trace of every request by token


def table_rows(tables: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Return the rows of tables by table name and primary key."""
    found = {}
    with connection.cursor() as sql:
        for model in apps.get_models(include_auto_created=True):
            if (table := model._meta.db_table) in REQUEST_TRACES or (tables and table not in tables):
                continue
            keys = [field.column for field in model._meta.pk_fields]
            if table.endswith("history"):  # several versions of a record
                keys.append("version")
            sql.execute(f'SELECT to_jsonb(t) FROM "{table}" t')
            rows = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in sql.fetchall()]
            found[table] = {json.dumps([row[key] for key in keys]): row for row in rows}
    return found


def write_counts() -> dict[str, int]:
    """Return how many rows this transaction has written to each table.

    Writes that were rolled back to a savepoint are included.
    """
    with connection.cursor() as sql:
        sql.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(sql.fetchall())


def changes_since(data: WriteData, before: Mapping[str, int]) -> Changes:
    """Return the changes in all tables that were written to since `before`."""
    changed = [name for name, times in write_counts().items() if before.get(name, 0) != times and name in data.base]
    if not changed:
        return frozenset()
    found, now = set(), table_rows(changed)
    for model in apps.get_models(include_auto_created=True):
        if (table := model._meta.db_table) not in changed:
            continue
        label, old, new = model._meta.label, data.base[table], now[table]
        for key in old.keys() ^ new.keys():
            drawn = RANDOM_FIELDS | FIELDS_FROM_SEQUENCES.get(label, set())
            row = {name: "" if name in drawn else value for name, value in (new.get(key) or old[key]).items()}
            found.add((label, _UUID.sub("", json.dumps(row, sort_keys=True, ensure_ascii=False))))
        for key in old.keys() & new.keys():
            for column in model._meta.local_concrete_fields:
                was, is_ = (rows[key].get(column.column) for rows in (old, new))
                if was != is_ and f"{label}.{column.name}" != TOKEN_USE:
                    value = (
                        ""
                        if column.name in RANDOM_FIELDS or column.column in FIELDS_FROM_SEQUENCES.get(label, ())
                        else json.dumps(is_, sort_keys=True, ensure_ascii=False)
                    )
                    found.add((f"{label}.{column.name}", value))
    return frozenset(found)


def field_values() -> dict[str, str]:
    """Return every column name of every model, with a value that it could take."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            value = THEIRS if "region" in column.name else "7"
            if isinstance(column, models.BooleanField):
                value = "true"
            elif isinstance(column, models.DateTimeField):
                value = "2031-01-01T00:00:00+08:00"
            elif isinstance(column, models.DateField):
                value = "2031-01-01"
            elif column.choices:
                value = str(list(column.choices)[-1][0])
            elif isinstance(column, models.TextField | models.CharField):
                value = "夹带"
            found |= {column.name: value, column.attname: value}
    more = {
        "city": THEIRS,
        "locked_at": "",
        "created_by": "7",
        "by": "7",
        "user": "7",
        "groups": "1",
        "is_superuser": "true",
    }
    return found | more | {"is_staff": "true", "is_active": "true", "user_permissions": "1", "role": "province_lead"}


@contextmanager
def an_hour_later() -> Iterator[None]:
    """Context manager that sets the clock to an hour after the rows were created."""
    with clock.frozen_at(TODAY + timedelta(hours=1)):
        yield
