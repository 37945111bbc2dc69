"""Tests that a long sequence of page actions leaves exactly the expected audit events."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit import chain_verification
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Upload
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.web.log_format import JsonFormatter, RequestFilter
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY

pytestmark = pytest.mark.slow
FORM = f"/returns/{cast.CHANGSHA}/2013-01/"
CODE = r"[A-Z2-7]{5}(-[A-Z2-7]{5}){2}"
WRONG_PASSWORD, FIRST_PASSWORD, SECOND_PASSWORD = "Cuowu-7733-mima", "Xinmima-9931-a", "Xinmima-9931-b"


class EventTrail:
    """Runs steps and compares the audit events that each step leaves with the expected events.

    `secrets` must be stored nowhere.
    """

    def __init__(self) -> None:
        self.differences: dict[str, object] = {}
        self.steps = 0
        self.secrets = {cast.PASSWORD, WRONG_PASSWORD, FIRST_PASSWORD, SECOND_PASSWORD}
        self.session_keys: set[str] = set()
        self.last_page = ""

    def run_step(self, name: str, act: Callable[[], Any], expected: str) -> Any:
        seen = Event.objects.order_by("seq").values_list("seq", flat=True).last() or 0
        answer = act()
        verbs = " ".join(Event.objects.filter(seq__gt=seen).order_by("seq").values_list("verb", flat=True))
        self.steps += 1
        if verbs != expected:
            self.differences[f"{self.steps} {name} {getattr(answer, 'status_code', '')}"] = (verbs, expected)
        self.last_page = answer.content.decode(errors="replace") if hasattr(answer, "content") else ""
        return answer

    def sign_in(self, user: User, password: str = cast.PASSWORD) -> Client:
        client = Client()
        sent = {"username": user.username, "password": password}
        self.run_step(f"{user.username} logs in", lambda: client.post("/login/", sent), "session.opened")
        self.session_keys.add(client.cookies[settings.SESSION_COOKIE_NAME].value)
        return client

    def secret_on_page(self, pattern: str) -> str:
        found = re.search(pattern, self.last_page)
        assert found, pattern
        self.secrets.add(found[0])
        return found[0]


@pytest.fixture
def log_stream() -> Iterator[StringIO]:
    """Capture the log as the server writes it, at the level DEBUG."""
    stream, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestFilter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def trail(cloned_database: object, settings: Settings, tmp_path: Path) -> Iterator[EventTrail]:
    settings.DATA_DIR = tmp_path  # the session's may hold the newest head of another test's log
    with clock.frozen_at(clock.at(date(2013, 2, 4), 12)):
        yield EventTrail()


def test_every_step_leaves_exactly_its_events_and_no_secret(trail: EventTrail, log_stream: StringIO) -> None:
    _run_account_steps(trail)
    monthly_return = _run_city_steps(trail)
    _run_province_steps(trail, monthly_return)
    _run_bulletin_steps(trail)
    assert not trail.differences
    assert trail.steps >= 60
    assert chain_verification.verify_chain().fault is None
    _check_events_are_complete()
    _check_no_secret_is_stored(trail, log_stream.getvalue())


def _run_account_steps(trail: EventTrail) -> None:
    """Run steps on accounts, roles, locks, tokens, passwords, sessions and the audit log."""
    run_step = trail.run_step
    target = cast.reporter(cast.CHENZHOU)
    admin, security = trail.sign_in(cast.administrator()), trail.sign_in(cast.security_officer())
    auditor, guest = trail.sign_in(cast.auditor()), Client()
    wrong = {"username": target.username, "password": WRONG_PASSWORD}

    account = {"username": "liumin", "name": "甄试一", "region": cast.CHENZHOU}
    run_step("open", lambda: admin.post("/accounts/new/", account), "account.opened")
    first = trail.secret_on_page(CODE)
    person = User.objects.get(username="liumin")
    role = {"role": "city_reporter", "region": cast.CHENZHOU, "reason": "任职通知\r\n\x1b[31m伪造"}
    run_step("role", lambda: security.post(f"/grants/{person.pk}/", role), "role.given")
    release = f"/codes/{person.password_links.get().pk}/release/"
    run_step("release", lambda: security.post(release), "activation.released")
    second = trail.secret_on_page(CODE)
    run_step("release again", lambda: security.post(release), "")
    activation = {"first": first, "second": second, "password": FIRST_PASSWORD, "again": FIRST_PASSWORD}
    run_step("activate", lambda: guest.post("/activate/", activation), "password.changed session.opened")
    trail.session_keys.add(guest.cookies[settings.SESSION_COOKIE_NAME].value)
    change = {"old": FIRST_PASSWORD, "password": SECOND_PASSWORD, "again": SECOND_PASSWORD}
    run_step("password", lambda: guest.post("/password/", change), "password.changed session.opened")
    other = trail.sign_in(person, SECOND_PASSWORD)
    own = person.session_records.earliest("pk")
    run_step("end one", lambda: other.post(f"/sessions/{own.pk}/end/"), "session.ended")
    run_step("end all", lambda: other.post("/sessions/end/"), "session.all_ended")
    run_step("reset", lambda: admin.post(f"/accounts/{person.pk}/reset/", {"reason": "忘记"}), "password.reset")
    trail.secret_on_page(CODE)
    run_step("close", lambda: admin.post(f"/accounts/{person.pk}/close/", {"reason": "调离"}), "account.closed")
    run_step("reopen", lambda: admin.post(f"/accounts/{person.pk}/reopen/", {"reason": "调回"}), "account.reopened")
    trail.secret_on_page(CODE)

    for count in range(1, 5):
        run_step(f"wrong {count}", lambda: guest.post("/login/", wrong), "session.refused")
    run_step("locks", lambda: guest.post("/login/", wrong), "session.refused account.locked")
    run_step("locked", lambda: guest.post("/login/", {**wrong, "password": cast.PASSWORD}), "session.refused")
    run_step("unlock", lambda: security.post(f"/grants/{target.pk}/unlock/"), "account.unlocked")
    away = trail.sign_in(target)
    sign_out = f"/grants/{target.pk}/sign-out/"
    run_step("sign out", lambda: security.post(sign_out, {"reason": "交接"}), "session.all_ended")
    run_step("gone", lambda: away.get("/sessions/"), "")

    fields = {"user": target.pk, "label": "对账", "scope": "read", "days": 30, "networks": ""}
    run_step("token", lambda: security.post("/tokens/new/", fields), "token.granted")
    fetch, owner = f"/tokens/{Token.objects.latest('pk').pk}/fetch/", trail.sign_in(target)
    run_step("not the officer's to fetch", lambda: security.post(fetch), "")
    run_step("fetch", lambda: owner.post(fetch), "token.issued")
    bearer = {"Authorization": f"Bearer {trail.secret_on_page(r'hnt_[0-9a-f]{8}_[A-Za-z0-9_-]{43}')}"}
    token = Token.objects.latest("pk")
    run_step("reads", lambda: guest.get("/api/v1/regions/", headers=bearer), "")
    run_step("writes", lambda: guest.post("/api/v1/returns/1/uploads/", headers=bearer), "access.denied")
    run_step("revoke", lambda: security.post(f"/tokens/{token.pk}/revoke/", {"reason": "停用"}), "token.revoked")
    run_step("revoked", lambda: guest.get("/api/v1/regions/", headers=bearer), "token.refused")
    made_up = {"Authorization": "Bearer hnt_00000000_nobody"}
    run_step("made up", lambda: guest.get("/api/v1/regions/", headers=made_up), "")

    run_step("not the admin's", lambda: admin.get("/audit/"), "access.denied")
    run_step("read the log", lambda: auditor.get("/audit/?kind=role"), "audit.read")
    event = Event.objects.latest("seq")
    run_step("read an event", lambda: auditor.get(f"/audit/{event.seq}/"), "audit.read")
    run_step("log out", lambda: auditor.post("/logout/"), "session.closed")


def _run_city_steps(trail: EventTrail) -> MonthlyReturn:
    """Run steps in which a city fills in a return in every way and sends it."""
    run_step = trail.run_step
    place = factories.create_city(cast.CHANGSHA)
    monthly_return = returns.opened(cast.CHANGSHA, JANUARY)
    factories.fill_return(place, monthly_return, ("100", "50"), factories.SUMMARY)
    reporter, lead = trail.sign_in(place.reporter), trail.sign_in(place.lead)
    stranger = trail.sign_in(cast.reporter(cast.HENGYANG))

    def version_field() -> dict[str, object]:
        return {"version": MonthlyReturn.objects.get(pk=monthly_return.pk).version}

    run_step("not their city's", lambda: stranger.get(FORM), "access.denied")
    run_step("nor to change", lambda: stranger.post(FORM + "hand-up/", version_field()), "access.denied")
    book = run_step("template", lambda: reporter.get(FORM + "workbook/"), "file.downloaded").content
    workbook = openpyxl.load_workbook(BytesIO(book))
    workbook["市州汇总"]["E9"] = 4
    filled = BytesIO()
    workbook.save(filled)
    file = SimpleUploadedFile("长沙.xlsx", filled.getvalue())
    run_step("upload", lambda: reporter.post(FORM + "upload/", {"file": file}), "return.uploaded")
    upload = Upload.objects.get()
    run_step("annotated", lambda: reporter.get(f"{FORM}uploads/{upload.pk}/annotated/"), "file.downloaded")
    sent = {"sha256": upload.file_id}
    run_step("confirm", lambda: reporter.post(f"{FORM}uploads/{upload.pk}/confirm/", sent), "return.imported")
    row = {"key": "12", "version": _version_of(monthly_return, "12"), "texts": {"month": "56"}, "base": {}}
    rows = json.dumps({"sheet": "city_summary", "rows": [row]})
    run_step("rows", lambda: reporter.post(FORM + "rows/", rows, content_type="application/json"), "return.filled")
    run_step("hand up", lambda: reporter.post(FORM + "hand-up/", version_field()), "return.handed_up")
    run_step(
        "hand back", lambda: lead.post(FORM + "hand-back/", {**version_field(), "reason": "核对"}), "return.handed_back"
    )
    run_step("again", lambda: reporter.post(FORM + "hand-up/", version_field()), "return.handed_up")
    run_step("stale", lambda: lead.post(FORM + "sign/", {"version": 1}), "")
    run_step("sign", lambda: lead.post(FORM + "sign/", version_field()), "return.sent")
    run_step("receipt", lambda: lead.get(FORM + "rounds/1/workbook/"), "file.downloaded")
    return monthly_return


def _version_of(monthly_return: MonthlyReturn, key: str) -> int:
    return int(monthly_return.rows.values_list("version", flat=True).get(dataset="city_summary", key=key))


def _run_province_steps(trail: EventTrail, monthly_return: MonthlyReturn) -> None:
    """Run steps in which the province gives a return back, accepts it and decides on exemptions."""
    run_step = trail.run_step
    officer, boss = trail.sign_in(cast.officer(username="officer")), trail.sign_in(cast.province_lead(username="boss"))
    reporter, lead = (
        User.objects.filter(role=f"city_{side}", region=cast.CHANGSHA).get() for side in ("reporter", "lead")
    )

    def shown_digest() -> dict[str, str]:
        return {"shown": Round.objects.get(monthly_return=monthly_return, decision="").digest}

    back = {**shown_digest(), "reason": "出口额核对"}
    run_step("give back", lambda: officer.post(FORM + "review/give-back/", back), "return.given_back")
    returns.handed_up_and_signed(monthly_return, reporter, lead)
    run_step("accept", lambda: officer.post(FORM + "review/accept/", shown_digest()), "return.accepted")
    for decision, verb in (("no", "exemption.refused"), ("yes", "exemption.granted")):
        fields = {"kind": "reopen", "reason": "海关已改单", "until": "2013-02-08"}
        run_step("ask", partial(officer.post, FORM + "exemption/", fields), "exemption.asked")
        address = f"/returns/exemptions/{Exemption.objects.latest('pk').pk}/"
        run_step("decide", partial(boss.post, address, {"granted": decision}), verb)
    run_step("not his", lambda: officer.post(address, {"granted": "yes"}), "access.denied")
    returns.handed_up_and_signed(MonthlyReturn.objects.get(pk=monthly_return.pk), reporter, lead)
    run_step("accept anew", lambda: officer.post(FORM + "review/accept/", shown_digest()), "return.accepted")


def _run_bulletin_steps(trail: EventTrail) -> None:
    """Run steps from requesting a report to issuing and voiding it, with one failing job."""
    run_step = trail.run_step
    officer = trail.sign_in(User.objects.get(username="officer"))
    other, boss = trail.sign_in(cast.officer()), trail.sign_in(User.objects.get(username="boss"))
    fields = {"kind": "monthly-bulletin", "month": "2013-01"}
    run_step("prepare", lambda: officer.post("/reports/prepare/", fields), "report.requested")
    job = Job.objects.get(kind="reports.write")
    Job.objects.filter(pk=job.pk).update(attempt=settings.JOB_ATTEMPTS)
    run_step("poison", lambda: jobs.run_job(job.pk, worker="w"), "job.quarantined")
    run_step("retry", lambda: officer.post(f"/jobs/{job.pk}/retry/"), "job.retried")
    run_step("write", lambda: jobs.run_job(job.pk, worker="w"), "report.drafted")
    report = Report.objects.get()
    report_url = f"/reports/{report.pk}/"

    def shown_digest(**more: str) -> dict[str, str]:
        return {"shown": Report.objects.get(pk=report.pk).content_sha256, **more}

    typed = re.search(r'name="text"[^>]*>([^<]*)</textarea>', officer.get(report_url + "?edit=0").content.decode())
    assert typed
    words = shown_digest(at="0", text=typed[1].replace("。", "，特此通报。", 1))
    run_step("words", lambda: officer.post(report_url + "words/", words), "report.edited")
    run_step("ask review", lambda: officer.post(report_url + "ask-review/", shown_digest()), "report.review_asked")
    run_step(
        "return it", lambda: other.post(report_url + "give-back/", shown_digest(reason="措辞")), "report.given_back"
    )
    run_step("ask again", lambda: officer.post(report_url + "ask-review/", shown_digest()), "report.review_asked")
    run_step("review", lambda: other.post(report_url + "review/", shown_digest()), "report.reviewed")
    run_step("a draft's file", lambda: other.get(report_url + "files/pdf/"), "file.downloaded")
    run_step("issue", lambda: boss.post(report_url + "issue/", shown_digest(confirm_missing="on")), "report.issued")
    run_step("its file", lambda: other.get(report_url + "files/docx/"), "file.downloaded")
    run_step("void", lambda: boss.post(report_url + "void/", shown_digest(reason="数据有误")), "report.voided")


def _check_events_are_complete() -> None:
    """Check that events of page requests name the role, address, request and session.

    Control characters must be escaped.
    """
    for event in Event.objects.exclude(method=""):
        assert event.ip == "127.0.0.1" and re.fullmatch("[0-9a-f-]{36}", event.request_id), event.verb
        assert (
            event.recorded_at.tzinfo is not None and event.link.number and event.result in {"ok", "refused", "failed"}
        )
        if event.actor_id is not None:
            assert event.actor_name and event.actor_role, event.verb
            assert re.fullmatch("[0-9a-f]{16}", event.credential) or event.verb == "password.changed", event.verb
            assert bool(event.actor_region) == event.actor_role.startswith("city_"), event.verb
        if event.object_type:
            assert event.object_id and event.object_label, event.verb
    given = Event.objects.filter(verb="role.given").earliest("seq")
    assert (given.before, given.after) == (
        {"role": "", "region": cast.CHENZHOU},
        {"role": "city_reporter", "region": cast.CHENZHOU},
    )
    assert given.reason == "任职通知   [31m伪造"  # no sign that a log or a terminal would obey


def _check_no_secret_is_stored(trail: EventTrail, log: str) -> None:
    assert len(trail.secrets) >= 8 and len(trail.session_keys) >= 8
    sessions = {"django_session", "accounts_sessionrecord"}  # where a session is looked up by its key
    with connection.cursor() as sql:
        for table in {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {"audit_link"}:
            sql.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table}\" t")
            rows = sql.fetchone()[0]
            wanted = trail.secrets if table in sessions else trail.secrets | trail.session_keys
            assert not [secret for secret in wanted if secret in rows], table
    assert not [secret for secret in trail.secrets | trail.session_keys if secret in log]
    assert log.count("\n") == len([json.loads(line) for line in log.splitlines()]) and "\x1b" not in log
