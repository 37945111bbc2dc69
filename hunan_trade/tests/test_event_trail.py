"""Tests that sixty steps through the pages leave exactly their events, complete and without secrets."""

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

from enterprises.tests import factories as returns
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
WRONG, FRESH, SECOND = "Cuowu-7733-mima", "Xinmima-9931-a", "Xinmima-9931-b"


class Trail:
    """Takes steps and notes which events each left; `secrets` is what may stand nowhere."""

    def __init__(self) -> None:
        self.differs: dict[str, object] = {}
        self.steps = 0
        self.secrets = {cast.PASSWORD, WRONG, FRESH, SECOND}
        self.keys: set[str] = set()
        self.last = ""

    def step(self, name: str, act: Callable[[], Any], expected: str) -> Any:
        seen = Event.objects.order_by("seq").values_list("seq", flat=True).last() or 0
        answer = act()
        told = " ".join(Event.objects.filter(seq__gt=seen).order_by("seq").values_list("verb", flat=True))
        self.steps += 1
        if told != expected:
            self.differs[f"{self.steps} {name} {getattr(answer, 'status_code', '')}"] = (told, expected)
        self.last = answer.content.decode(errors="replace") if hasattr(answer, "content") else ""
        return answer

    def browser(self, user: User, password: str = cast.PASSWORD) -> Client:
        client = Client()
        sent = {"username": user.username, "password": password}
        self.step(f"{user.username} logs in", lambda: client.post("/login/", sent), "session.opened")
        self.keys.add(client.cookies[settings.SESSION_COOKIE_NAME].value)
        return client

    def shown(self, pattern: str) -> str:
        found = re.search(pattern, self.last)
        assert found, pattern
        self.secrets.add(found[0])
        return found[0]


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """The log as the server writes it, down to the smallest note."""
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
def trail(cloned_database: object, settings: Settings, tmp_path: Path) -> Iterator[Trail]:
    settings.DATA_DIR = tmp_path  # the session's may hold the newest head of another test's log
    with clock.frozen_at(clock.at(date(2013, 2, 4), 12)):
        yield Trail()


def test_every_step_leaves_exactly_its_events_and_no_secret(trail: Trail, logged: StringIO) -> None:
    _keepers(trail)
    monthly_return = _city(trail)
    _province(trail, monthly_return)
    _bulletin(trail)
    assert not trail.differs
    assert trail.steps >= 60
    assert chain_verification.verify().fault is None
    _events_are_complete()
    _no_secret_is_kept(trail, logged.getvalue())


def _keepers(trail: Trail) -> None:
    """Accounts, roles, locks, tokens, passwords, sessions."""
    step = trail.step
    target = cast.reporter(cast.CHENZHOU)
    admin, security = trail.browser(cast.administrator()), trail.browser(cast.security_officer())
    auditor, guest = trail.browser(cast.auditor()), Client()
    wrong = {"username": target.username, "password": WRONG}

    account = {"username": "liumin", "name": "甄试一", "region": cast.CHENZHOU}
    step("open", lambda: admin.post("/accounts/new/", account), "account.opened")
    first = trail.shown(CODE)
    person = User.objects.get(username="liumin")
    role = {"role": "city_reporter", "region": cast.CHENZHOU, "reason": "任职通知\r\n\x1b[31m伪造"}
    step("role", lambda: security.post(f"/grants/{person.pk}/", role), "role.given")
    release = f"/codes/{person.password_links.get().pk}/release/"
    step("release", lambda: security.post(release), "activation.released")
    second = trail.shown(CODE)
    step("release again", lambda: security.post(release), "")
    activation = {"first": first, "second": second, "password": FRESH, "again": FRESH}
    step("activate", lambda: guest.post("/activate/", activation), "password.changed session.opened")
    trail.keys.add(guest.cookies[settings.SESSION_COOKIE_NAME].value)
    change = {"old": FRESH, "password": SECOND, "again": SECOND}
    step("password", lambda: guest.post("/password/", change), "password.changed session.opened")
    other = trail.browser(person, SECOND)
    own = person.session_records.earliest("pk")
    step("end one", lambda: other.post(f"/sessions/{own.pk}/end/"), "session.ended")
    step("end all", lambda: other.post("/sessions/end/"), "session.all_ended")
    step("reset", lambda: admin.post(f"/accounts/{person.pk}/reset/", {"reason": "忘记"}), "password.reset")
    trail.shown(CODE)
    step("close", lambda: admin.post(f"/accounts/{person.pk}/close/", {"reason": "调离"}), "account.closed")
    step("reopen", lambda: admin.post(f"/accounts/{person.pk}/reopen/", {"reason": "调回"}), "account.reopened")
    trail.shown(CODE)

    for count in range(1, 5):
        step(f"wrong {count}", lambda: guest.post("/login/", wrong), "session.refused")
    step("locks", lambda: guest.post("/login/", wrong), "session.refused account.locked")
    step("locked", lambda: guest.post("/login/", {**wrong, "password": cast.PASSWORD}), "session.refused")
    step("unlock", lambda: security.post(f"/grants/{target.pk}/unlock/"), "account.unlocked")
    away = trail.browser(target)
    sign_out = f"/grants/{target.pk}/sign-out/"
    step("sign out", lambda: security.post(sign_out, {"reason": "交接"}), "session.all_ended")
    step("gone", lambda: away.get("/sessions/"), "")

    wish = {"user": target.pk, "label": "对账", "scope": "read", "days": 30, "networks": ""}
    step("token", lambda: security.post("/tokens/new/", wish), "token.granted")
    fetch, owner = f"/tokens/{Token.objects.latest('pk').pk}/fetch/", trail.browser(target)
    step("not the officer's to fetch", lambda: security.post(fetch), "")
    step("fetch", lambda: owner.post(fetch), "token.issued")
    bearer = {"Authorization": f"Bearer {trail.shown(r'hnt_[0-9a-f]{8}_[A-Za-z0-9_-]{43}')}"}
    token = Token.objects.latest("pk")
    step("reads", lambda: guest.get("/api/v1/regions/", headers=bearer), "")
    step("writes", lambda: guest.post("/api/v1/returns/1/uploads/", headers=bearer), "access.denied")
    step("revoke", lambda: security.post(f"/tokens/{token.pk}/revoke/", {"reason": "停用"}), "token.revoked")
    step("revoked", lambda: guest.get("/api/v1/regions/", headers=bearer), "token.refused")
    made_up = {"Authorization": "Bearer hnt_00000000_nobody"}
    step("made up", lambda: guest.get("/api/v1/regions/", headers=made_up), "")

    step("not the admin's", lambda: admin.get("/audit/"), "access.denied")
    step("read the log", lambda: auditor.get("/audit/?kind=role"), "audit.read")
    event = Event.objects.latest("seq")
    step("read an event", lambda: auditor.get(f"/audit/{event.seq}/"), "audit.read")
    step("log out", lambda: auditor.post("/logout/"), "session.closed")


def _city(trail: Trail) -> MonthlyReturn:
    """One return, filled in every way, up to the province."""
    step = trail.step
    place = factories.create_city(cast.CHANGSHA)
    monthly_return = returns.opened(cast.CHANGSHA, JANUARY)
    factories.fill_return(place, monthly_return, ("100", "50"), factories.SUMMARY)
    reporter, lead = trail.browser(place.reporter), trail.browser(place.lead)
    stranger = trail.browser(cast.reporter(cast.HENGYANG))

    def at() -> dict[str, object]:
        return {"version": MonthlyReturn.objects.get(pk=monthly_return.pk).version}

    step("not their city's", lambda: stranger.get(FORM), "access.denied")
    step("nor to change", lambda: stranger.post(FORM + "hand-up/", at()), "access.denied")
    book = step("template", lambda: reporter.get(FORM + "workbook/"), "file.downloaded").content
    workbook = openpyxl.load_workbook(BytesIO(book))
    workbook["市州汇总"]["E9"] = 4
    filled = BytesIO()
    workbook.save(filled)
    file = SimpleUploadedFile("长沙.xlsx", filled.getvalue())
    step("upload", lambda: reporter.post(FORM + "upload/", {"file": file}), "return.uploaded")
    upload = Upload.objects.get()
    step("annotated", lambda: reporter.get(f"{FORM}uploads/{upload.pk}/annotated/"), "file.downloaded")
    sent = {"sha256": upload.file_id}
    step("confirm", lambda: reporter.post(f"{FORM}uploads/{upload.pk}/confirm/", sent), "return.imported")
    row = {"key": "12", "version": _version_of(monthly_return, "12"), "texts": {"month": "56"}, "base": {}}
    rows = json.dumps({"sheet": "city_summary", "rows": [row]})
    step("rows", lambda: reporter.post(FORM + "rows/", rows, content_type="application/json"), "return.filled")
    step("hand up", lambda: reporter.post(FORM + "hand-up/", at()), "return.handed_up")
    step("hand back", lambda: lead.post(FORM + "hand-back/", {**at(), "reason": "核对"}), "return.handed_back")
    step("again", lambda: reporter.post(FORM + "hand-up/", at()), "return.handed_up")
    step("stale", lambda: lead.post(FORM + "sign/", {"version": 1}), "")
    step("sign", lambda: lead.post(FORM + "sign/", at()), "return.sent")
    step("receipt", lambda: lead.get(FORM + "rounds/1/workbook/"), "file.downloaded")
    return monthly_return


def _version_of(monthly_return: MonthlyReturn, key: str) -> int:
    return int(monthly_return.rows.values_list("version", flat=True).get(dataset="city_summary", key=key))


def _province(trail: Trail, monthly_return: MonthlyReturn) -> None:
    """Decisions and exceptions."""
    step = trail.step
    officer, boss = trail.browser(cast.officer(username="officer")), trail.browser(cast.province_lead(username="boss"))
    reporter, lead = (
        User.objects.filter(role=f"city_{side}", region=cast.CHANGSHA).get() for side in ("reporter", "lead")
    )

    def shown() -> dict[str, str]:
        return {"shown": Round.objects.get(monthly_return=monthly_return, decision="").digest}

    back = {**shown(), "reason": "出口额核对"}
    step("give back", lambda: officer.post(FORM + "review/give-back/", back), "return.given_back")
    returns.handed_up_and_signed(monthly_return, reporter, lead)
    step("accept", lambda: officer.post(FORM + "review/accept/", shown()), "return.accepted")
    for decision, verb in (("no", "exception.refused"), ("yes", "exception.granted")):
        wish = {"kind": "reopen", "reason": "海关已改单", "until": "2013-02-08"}
        step("ask", partial(officer.post, FORM + "exception/", wish), "exception.asked")
        address = f"/returns/exceptions/{Exemption.objects.latest('pk').pk}/"
        step("decide", partial(boss.post, address, {"granted": decision}), verb)
    step("not his", lambda: officer.post(address, {"granted": "yes"}), "access.denied")
    returns.handed_up_and_signed(MonthlyReturn.objects.get(pk=monthly_return.pk), reporter, lead)
    step("accept anew", lambda: officer.post(FORM + "review/accept/", shown()), "return.accepted")


def _bulletin(trail: Trail) -> None:
    """A report from the wish to the voided issue, with a job that fails on the way."""
    step = trail.step
    officer = trail.browser(User.objects.get(username="officer"))
    other, boss = trail.browser(cast.officer()), trail.browser(User.objects.get(username="boss"))
    wish = {"kind": "monthly-bulletin", "month": "2013-01"}
    step("prepare", lambda: officer.post("/reports/prepare/", wish), "report.requested")
    job = Job.objects.get(kind="reports.write")
    Job.objects.filter(pk=job.pk).update(attempt=settings.JOB_ATTEMPTS)
    step("poison", lambda: jobs.run_job(job.pk, worker="w"), "job.quarantined")
    step("retry", lambda: officer.post(f"/jobs/{job.pk}/retry/"), "job.retried")
    step("write", lambda: jobs.run_job(job.pk, worker="w"), "report.drafted")
    report = Report.objects.get()
    paper = f"/reports/{report.pk}/"

    def shown(**more: str) -> dict[str, str]:
        return {"shown": Report.objects.get(pk=report.pk).content_sha256, **more}

    typed = re.search(r'name="text"[^>]*>([^<]*)</textarea>', officer.get(paper + "?edit=0").content.decode())
    assert typed
    words = shown(at="0", text=typed[1].replace("。", "，特此通报。", 1))
    step("words", lambda: officer.post(paper + "words/", words), "report.edited")
    step("ask review", lambda: officer.post(paper + "ask-review/", shown()), "report.review_asked")
    step("return it", lambda: other.post(paper + "give-back/", shown(reason="措辞")), "report.given_back")
    step("ask again", lambda: officer.post(paper + "ask-review/", shown()), "report.review_asked")
    step("review", lambda: other.post(paper + "review/", shown()), "report.reviewed")
    step("a draft's file", lambda: other.get(paper + "files/pdf/"), "file.downloaded")
    step("issue", lambda: boss.post(paper + "issue/", shown(confirm_missing="on")), "report.issued")
    step("its file", lambda: other.get(paper + "files/docx/"), "file.downloaded")
    step("void", lambda: boss.post(paper + "void/", shown(reason="数据有误")), "report.voided")


def _events_are_complete() -> None:
    """Whoever acted through a page is told with role, address, request and session; and what could break a line is spelled out."""
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


def _no_secret_is_kept(trail: Trail, log: str) -> None:
    assert len(trail.secrets) >= 8 and len(trail.keys) >= 8
    sessions = {"django_session", "accounts_sessionrecord"}  # where a session is looked up by its key
    with connection.cursor() as sql:
        for table in {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {"audit_link"}:
            sql.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table}\" t")
            kept = sql.fetchone()[0]
            wanted = trail.secrets if table in sessions else trail.secrets | trail.keys
            assert not [secret for secret in wanted if secret in kept], table
    assert not [secret for secret in trail.secrets | trail.keys if secret in log]
    assert log.count("\n") == len([json.loads(line) for line in log.splitlines()]) and "\x1b" not in log
