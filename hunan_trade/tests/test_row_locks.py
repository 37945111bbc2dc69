"""Tests that every action locks its row before reading, so that no simultaneous change is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from enterprises.tests import return_factories as firms
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts import login_failures, sessions
from hunan_trade.accounts.models import LoginFailures, PasswordLink, Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.files import actions as files
from hunan_trade.files.models import StoredFile
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling, opening
from hunan_trade.intake.models import Exemption, MonthlyReturn, Upload
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.actions import enqueue
from hunan_trade.jobs.models import Job
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region, Unit
from hunan_trade.workflow import MoveRefused
from reporting import actions as reporting
from reporting.models import IssueCounter, Report
from reporting.tests import factories as papers
from targets import actions as targets
from targets import actions_rosters
from targets.drafting import actions as drafting
from targets.drafting.models import PlanDraft
from targets.models import PlanItem, Roster, Target, TaskState, WorkPlan
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan
from targets.tests.test_plan_drafts import draft_of

NOON = clock.at(date(2013, 2, 4), 12)  # within the window of January's returns
Case = tuple[QuerySet[Any], Callable[[], object]]


def report_task_state() -> Case:
    load_regions_and_plan()
    task, by = TaskState.objects.earliest("pk"), cast.officer()
    return TaskState.objects.filter(pk=task.pk).order_by(), lambda: targets.record_task_state(
        task=task, state="delayed", text="", reason="等批复", seen=1, by=by
    )


def assign_lead() -> Case:
    load_regions_and_plan()
    item, unit, by = PlanItem.objects.earliest("pk"), Unit.objects.earliest("pk"), cast.officer()
    return PlanItem.objects.filter(pk=item.pk).order_by(), lambda: targets.assign_lead(
        item=item, unit=unit, seen=1, by=by
    )


def reach_milestone() -> Case:
    load_regions_and_plan()
    target, by = Target.objects.get(code="hengyang_bonded_zone"), cast.officer()
    return Target.objects.filter(pk=target.pk).order_by(), lambda: targets.record_milestone_reached(
        target=target, on=date(2013, 5, 1), seen=1, by=by
    )


def add_roster_name() -> Case:
    load_regions_and_plan()
    roster, by = Roster.objects.earliest("pk"), cast.officer()
    return Roster.objects.filter(pk=roster.pk).select_related(
        None
    ).order_by(), lambda: actions_rosters.add_roster_names(roster=roster, names=["甲公司"], seen=1, by=by)


def add_roster_name_during_amendment() -> Case:
    _, act = add_roster_name()
    return WorkPlan.objects.all(), act


def load_plan() -> Case:
    plan = load_regions_and_plan()
    return WorkPlan.objects.filter(pk=plan.pk), lambda: targets.load_plan_2013(by=SETUP)


def discard_draft() -> Case:
    by = cast.officer()
    draft = draft_of(by=by)
    return PlanDraft.objects.filter(pk=draft.pk), lambda: drafting.discard(draft=draft, seen=draft.version, by=by)


def use_activation_code() -> Case:
    first, second = accounts.create_first_account_code(role=Role.ADMINISTRATOR)
    return PasswordLink.objects.all(), lambda: accounts.set_password_by_code(
        first=first, second=second, password=cast.PASSWORD, username="first", name="首位"
    )


def release_code() -> Case:
    user, by = cast.officer(), cast.security_officer()
    accounts.replace_password_with_code(user=user, by=cast.administrator(), reason="忘记")
    link = user.password_links.get()
    return PasswordLink.objects.filter(pk=link.pk), lambda: accounts.release_second_code_half(link=link, by=by)


def revoke_token() -> Case:
    (token, _), by = cast.token(cast.officer()), cast.security_officer()
    return Token.objects.filter(pk=token.pk), lambda: accounts.revoke_token(token=token, by=by)


def close_account() -> Case:
    user, by = cast.officer(), cast.administrator()
    return User.objects.filter(pk=user.pk), lambda: accounts.close_account(user=user, by=by, reason="调离")


def count_login_attempt() -> Case:
    LoginFailures.objects.create(name="zhang")
    return LoginFailures.objects.all(), lambda: login_failures.count_attempt("zhang")


def sign_in() -> Case:
    user = cast.officer()
    return User.objects.filter(pk=user.pk), lambda: sessions.sign_in(SessionStore(), user, ip=None, browser="")


def open_month() -> Case:
    cast.reporter()
    cities, by = Region.objects.cities(), System("月报日历")
    return cities, lambda: opening.open_month(Month(2013, 1), by=by)


def save_row() -> Case:
    monthly_return, by = _open_january()
    sheet = datasets.get("city_summary")
    return MonthlyReturn.objects.filter(pk=monthly_return.pk), _at_noon(
        lambda: filling.save_rows(monthly_return.pk, sheet, [filling.RowEdit("06", {"month": "1"})], by=by)
    )


def confirm_upload() -> Case:
    monthly_return, by = _open_january()
    with clock.frozen_at(NOON):
        book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
        upload = filling.receive_upload(monthly_return.pk, book, "月报.xlsx", by=by).upload
    return Upload.objects.filter(pk=upload.pk), _at_noon(
        lambda: filling.confirm_upload(upload.pk, upload.file_id, by=by)
    )


def decide_exemption() -> Case:
    monthly_return, _ = _open_january()
    with clock.frozen_at(NOON):
        until = clock.at(date(2013, 2, 20), 12)
        waiting = deciding.ask_exemption(monthly_return.pk, "late", "补报", until, by=cast.officer())
    boss = cast.province_lead()
    return Exemption.objects.filter(pk=waiting.pk), _at_noon(
        lambda: deciding.decide_exemption(waiting.pk, granted=True, by=boss)
    )


def retry_job() -> Case:
    job, by = enqueue("returns.open", {}, key="one", by=SETUP), cast.administrator()
    Job.objects.filter(pk=job.pk).update(state="failed", error="出错", lease_until=None, finished_at=Now())
    return Job.objects.filter(pk=job.pk), lambda: jobs.retry_job(job, by=by)


def prepare_report() -> Case:
    report, by = _draft_bulletin()
    return Report.objects.filter(pk=report.pk), _at_noon(
        lambda: reporting.request_draft("monthly-bulletin", Month(2013, 1), by=by)
    )


def ask_review() -> Case:
    report, by = _draft_bulletin()
    return Report.objects.filter(pk=report.pk), _at_noon(
        lambda: reporting.request_review(report.pk, by=by, seen=report.content_sha256)
    )


def issue_report() -> Case:
    _open_january()
    with clock.frozen_at(NOON):
        people = papers.create_province()
        report = papers.reviewed(people)
    rows = IssueCounter.objects.filter(kind=report.kind, year=report.year)
    IssueCounter.objects.create(kind=report.kind, year=report.year)
    return rows, _at_noon(
        lambda: reporting.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    )


def delete_unreferenced_file() -> Case:
    digest = files.store_file(b"nobody refers to it", content_type="text/plain").pk
    return StoredFile.objects.filter(pk=digest), lambda: transaction.atomic(files.delete_if_unreferenced)(digest)


def _open_january() -> tuple[MonthlyReturn, User]:
    with clock.frozen_at(NOON):
        by = cast.reporter()
        firms.enterprise(by)
        return firms.opened(cast.CHANGSHA, Month(2013, 1)), by


def _draft_bulletin() -> tuple[Report, User]:
    _open_january()
    with clock.frozen_at(NOON):
        return papers.drafted(), cast.officer()


def _at_noon(act: Callable[[], object]) -> Callable[[], object]:
    """Return a wrapper that calls the function with the clock frozen at noon."""

    def at_noon() -> object:
        with clock.frozen_at(NOON):
            return act()

    return at_noon


CASES = [
    open_month,
    save_row,
    confirm_upload,
    decide_exemption,
    retry_job,
    prepare_report,
    ask_review,
    issue_report,
    delete_unreferenced_file,
    report_task_state,
    assign_lead,
    reach_milestone,
    add_roster_name,
    add_roster_name_during_amendment,
    load_plan,
    discard_draft,
    use_activation_code,
    release_code,
    revoke_token,
    close_account,
    count_login_attempt,
    sign_in,
]


@contextmanager
def lock_rows(rows: QuerySet[Any]) -> Iterator[int]:
    """Context manager that locks database rows and yields the locking session's process id."""
    with transaction.atomic(), connection.cursor() as sql:
        assert list(rows.select_for_update())
        sql.execute("SELECT pg_backend_pid()")
        yield sql.fetchone()[0]


def queries_waiting_for(pid: int) -> list[str]:
    """Return the SQL queries that wait for the database session with this process id."""
    with connection.cursor() as sql:
        sql.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the view shows what it first showed
        sql.execute("SELECT query FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [pid])
        return [query for (query,) in sql.fetchall()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_an_action_locks_its_row_before_reading_it(case: Callable[[], Case], cloned_database: object) -> None:
    rows, act = case()

    def run_in_thread() -> None:
        try:
            with suppress(MoveRefused):  # what is refused behind the lock is no question here
                act()
        finally:
            connection.close()

    with lock_rows(rows) as pid:
        other = Thread(target=run_in_thread)
        other.start()
        wait_until_true(lambda: queries_waiting_for(pid) or not other.is_alive(), what="the other to come to the lock")
        waiting = queries_waiting_for(pid)
    other.join()
    assert waiting, "it waited for nobody"
    table = rows.model._meta.db_table
    assert waiting[0].startswith("SELECT") and re.search("FOR (NO KEY )?UPDATE", waiting[0]) and table in waiting[0], (
        waiting[0][:200]
    )
