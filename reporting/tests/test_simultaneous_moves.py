"""Tests simultaneous changes to the same report."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from hashlib import sha256
from itertools import combinations_with_replacement, count
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from urllib.parse import urlencode

import psycopg2
import pytest
from django.db import connection
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.testing import portal_processes, simultaneous_requests
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_requests import PostRequest, RawResponse
from reporting.document_parts import Paragraph
from reporting.models import Format, IssueCounter, Report, ReportFile, Source, Voiding
from reporting.tests import factories
from reporting.tests.factories import JANUARY, Province, logged_in_client
from reporting.wording_edits import text_with_bracketed_figures

pytestmark = pytest.mark.slow
NOON = clock.at(date(2013, 7, 8), 12)
STATES = ("draft", "reviewing", "reviewed", "issued")
STATE_CHANGES: dict[str, tuple[set[str], str]] = {  # what the log calls it: from which states, to which
    "report.edited": ({"draft"}, ""),
    "report.review_asked": ({"draft"}, "reviewing"),
    "report.reviewed": ({"reviewing"}, "reviewed"),
    "report.given_back": ({"reviewing", "reviewed"}, "draft"),
    "report.issued": ({"reviewed"}, "issued"),
    "report.voided": ({"issued"}, "voided"),
}


def edit_fields(report: Report, n: int) -> dict[str, str | int]:
    blocks = report.report_kind.compose(report.content).blocks
    at, paragraph = next((at, block) for at, block in enumerate(blocks) if isinstance(block, Paragraph))
    return {"at": at, "text": f"{text_with_bracketed_figures(paragraph)}第{n}稿。"}


# In which state its button is shown, whose it is, its address, and what it sends beside the hash that was shown.
MOVES: dict[str, tuple[str, str, str, Callable[[Report, int], dict[str, str | int]]]] = {
    "edit": ("draft", "officer", "{}/words/", edit_fields),
    "redraft": ("draft", "officer", "prepare/", lambda r, _: {"kind": r.kind, "month": str(r.period)}),
    "ask_review": ("draft", "officer", "{}/ask-review/", lambda *_: {}),
    "review": ("reviewing", "officer", "{}/review/", lambda *_: {}),
    "give_back": ("reviewing", "officer", "{}/give-back/", lambda *_: {"reason": "改短"}),
    "issue": ("reviewed", "boss", "{}/issue/", lambda *_: {"confirm_missing": "on"}),
    "void": ("issued", "boss", "{}/void/", lambda *_: {"reason": "附表有误"}),
}
# A draft again, its words may be edited or sent to review by who had them open; so may a reviewed one be given back.
BOTH_MAY_SUCCEED = {("edit", "give_back"), ("ask_review", "give_back"), ("review", "give_back")}


@contextmanager
def running_portal(
    demo: DemoDatabase, size: int
) -> Iterator[tuple[Province, simultaneous_requests.SimultaneousClients]]:
    """Context manager that runs the portal with many clients and one accepted return."""
    with clock.frozen_at(NOON):
        people = factories.create_province()
        place = factories.create_city("430100")
        factories.accepted(place, JANUARY, ("150", "50"), people.officer)
        with (
            portal_processes.run_portal(demo) as portal,
            simultaneous_requests.simultaneous_clients(portal.listener.getsockname()[1], size) as clients,
        ):
            yield people, clients


def session_key(user: User) -> str:
    return str(logged_in_client(user).cookies["sessionid"].value)


def test_of_two_simultaneous_moves_one_wins_and_the_event_log_agrees(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    with running_portal(
        portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings), 20
    ) as (
        people,
        clients,
    ):
        sessions = {
            "officer": [session_key(cast.officer()) for _ in range(20)],
            "boss": [session_key(cast.province_lead()) for _ in range(20)],
        }
        months = (Month(2006, 1).plus(step) for step in count())
        for first, second in combinations_with_replacement(MOVES, 2):
            state = max(MOVES[first][0], MOVES[second][0], key=STATES.index)
            report = factories.create_reports(
                people, [next(months)], "reviewed" if first == second == "issue" else state
            )[0]
            pressed: list[tuple[str, PostRequest]] = []
            for n in range(20):
                name = (first, second)[n % 2]
                _, role, path, fields = MOVES[name]
                sent = {"shown": report.content_sha256, **fields(report, n)}
                press = PostRequest(f"/reports/{path.format(report.pk)}", urlencode(sent), sessions[role][n])
                pressed.append((name, press))
            last = Event.objects.order_by("-seq").values_list("seq", flat=True)[0]
            answers = clients.post_all([press for _, press in pressed])
            won = dict.fromkeys((first, second), 0)
            for (name, _), answer in zip(pressed, answers, strict=True):
                context = (first, second, name, answer.status, answer.text[-1500:])
                assert answer.status in (302, 409, 422) and (answer.status == 302 or answer.has_chinese_text), context
                won[name] += answer.status == 302
            asked = won.pop("redraft", 0)
            assert Job.objects.filter(key=f"{report.kind}/{report.period}").count() == bool(asked)
            log = [
                e.verb for e in Event.objects.filter(seq__gt=last, verb__in=STATE_CHANGES, result="ok").order_by("seq")
            ]
            assert len(log) == sum(won.values()), (first, second, won, log)
            for verb in log:
                assert state in STATE_CHANGES[verb][0], log
                state = STATE_CHANGES[verb][1] or state
            now = Report.objects.get(pk=report.pk)
            assert ("voided" if now.voided else now.status) == state, (first, second, log)
            assert now.files.count() == (len(Format) if now.number else 0)
            if tuple(sorted((first, second), key=list(MOVES).index)) not in BOTH_MAY_SUCCEED and {first, second} != {
                "redraft"
            }:
                assert sum(won.values()) == (0 if not won else 1) or "redraft" in (first, second), (first, second, won)
                assert sum(won.values()) <= 1, (first, second, won)


# --- Numbers under fire ---------------------------------------------------------------------------------------------
@contextmanager
def killing_database_backends(url: str, seed: int) -> Iterator[list[int]]:
    """Context manager that kills busy database sessions at random and yields their list."""
    chance, over, killed = random.Random(seed), Flag(), list[int]()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [own] = cursor.fetchone()

    def kill_backends() -> None:
        with closing(psycopg2.connect(url, application_name="fire")) as killing:
            killing.autocommit = True
            cursor = killing.cursor()
            while not over.wait(chance.uniform(0.1, 0.6)):
                cursor.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
                    " AND backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), %s)",
                    [own],
                )
                if pids := [pid for (pid,) in cursor.fetchall()]:
                    cursor.execute("SELECT pg_terminate_backend(%s)", [pid := chance.choice(pids)])
                    killed.append(pid)

    killer = Thread(target=kill_backends)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def test_twelve_issues_by_thirty_people_get_twelve_numbers_while_backends_are_killed(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    with running_portal(
        portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings), 30
    ) as (
        people,
        clients,
    ):
        reports = factories.create_reports(people, [Month(2013, month) for month in range(1, 13)])
        bosses = [session_key(cast.province_lead()) for _ in range(30)]

        def issue_by_thirty(left: list[Report]) -> list[RawResponse]:
            """Let thirty leads issue at once, spread over the remaining reports."""
            spread = [left[n % len(left)] for n in range(30)]
            asked = [urlencode({"shown": report.content_sha256, "confirm_missing": "on"}) for report in spread]
            paths = [f"/reports/{report.pk}/issue/" for report in spread]
            return clients.post_all([PostRequest(*one) for one in zip(paths, asked, bosses, strict=True)])

        def unissued() -> list[Report]:
            return list(Report.objects.exclude(status="issued").order_by("month"))

        answers: list[RawResponse] = []
        with killing_database_backends(cloned_database.url, 2013) as killed:
            while len(killed) < 8 and unissued():
                answers += issue_by_thirty(unissued())
        for _ in range(12):
            if waiting := unissued():
                answers += issue_by_thirty(waiting)
        assert {answer.status for answer in answers} <= {302, 409, 503}
        assert all(answer.status == 302 or answer.has_chinese_text for answer in answers)
        assert killed and any(answer.status == 503 for answer in answers)
        issued = Report.objects.filter(status="issued")
        assert list(issued.order_by("number").values_list("number", flat=True)) == list(range(1, 13))
        assert IssueCounter.objects.get().last == 12
        log = Event.objects.filter(verb="report.issued", result="ok")
        assert sorted(log.values_list("object_id", flat=True)) == sorted(str(report.pk) for report in reports)
        assert ReportFile.objects.count() == 12 * len(Format) and Source.objects.count() == 12
        for file in ReportFile.objects.select_related("file"):
            assert sha256(file.file.read()).hexdigest() == file.file_id
        fourth = Report.objects.get(number=4)
        pressed = PostRequest(
            f"/reports/{fourth.pk}/void/", urlencode({"shown": fourth.content_sha256, "reason": "有误"}), bosses[0]
        )
        assert clients.post_all([pressed])[0].status == 302
        again = factories.create_reports(people, [fourth.period], "issued")[0]
        assert (Voiding.objects.get().report.number, again.number, again.edition) == (4, 13, 2)
