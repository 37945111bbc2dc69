"""Tests of the processes that read uploaded files: their number, memory use and end."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    append_rows_xml,
    form_workbook,
    return_url,
    signed_in_client,
    unknown_rows_xml,
    workbook_bytes,
)
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.periods import Month
from hunan_trade.testing import portal_processes
from hunan_trade.testing.plugin import ClonedDatabase

pytestmark = pytest.mark.slow
NOON = clock.at(date(2013, 7, 8), 12)


class PortalWithReporters:
    """A running portal with a reporter in each of two cities, who both may fill June."""

    def __init__(self, running: portal_processes.PortalProcesses) -> None:
        self.running = running
        self.connections: list[http.client.HTTPConnection] = []
        self.people = {city: cast.reporter(city) for city in (cast.CHANGSHA, cast.CHENZHOU)}
        self.returns = {city: self._open_june(city, by) for city, by in self.people.items()}

    def _open_june(self, city: str, by: User) -> MonthlyReturn:
        return_factories.enterprise(by)
        return return_factories.opened(city, Month(2013, 6))

    def get(self, city: str, part: str) -> http.client.HTTPConnection:
        """Send a GET request of a city's reporter; the caller reads the response."""
        session = signed_in_client(self.people[city]).cookies["sessionid"].value
        asking = self._connection()
        asking.request("GET", return_url(self.returns[city], part), headers={"Cookie": f"sessionid={session}"})
        return asking

    def upload(self, city: str, data: bytes, query: str = "") -> tuple[int, dict[str, Any]]:
        sending = self._connection()
        where = f"/api/v1/returns/{self.returns[city].pk}/uploads/{query}"
        headers = cast.bearer_headers(self.people[city], "submit") | {"Content-Type": filling.XLSX}
        sending.request("POST", where, data, headers)
        answer = sending.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        self.connections.append(http.client.HTTPConnection(self.running.address.removeprefix("http://"), timeout=120))
        return self.connections[-1]

    def readers(self) -> list[psutil.Process]:
        """Return the processes that are reading a file now."""
        found = []
        for process in psutil.Process(self.running.started[0].pid).children(recursive=True):
            if len(process.parents()) - len(psutil.Process(self.running.started[0].pid).parents()) == 4:
                found.append(process)
        return found

    def stop_next_reader(self) -> psutil.Process:
        """Wait for the next reading process, stop it in the middle of its work, and return it."""
        caught: list[psutil.Process] = []

        def freeze() -> bool:
            for reader in self.readers():
                if reader.status() != psutil.STATUS_STOPPED:
                    reader.send_signal(signal.SIGSTOP)
                    caught.append(reader)
            return bool(caught)

        wait_until_true(freeze, what="a reader")
        return caught[0]


@pytest.fixture
def portal(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[PortalWithReporters]:
    demo = portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings)
    with (
        clock.frozen_at(NOON),
        portal_processes.run_portal(demo, WORKBOOK_SLOTS="2", WORKBOOK_WAIT_SECONDS="1") as running,
    ):
        with closing(PortalWithReporters(running)) as found:
            yield found
        print(running.logs())


def heavy_workbook(monthly_return: MonthlyReturn) -> bytes:
    """Return a workbook that takes a second or two to annotate, with 60,000 figures on an own sheet."""
    book = form_workbook(monthly_return)
    own = book.create_sheet("测算")
    for line in range(1_500):
        own.append([line + column / 7 for column in range(40)])
    return workbook_bytes(book)


def test_one_reporter_occupies_one_reader_and_an_abandoned_reader_is_killed(portal: PortalWithReporters) -> None:
    ours, theirs = cast.CHANGSHA, cast.CHENZHOU
    sent = filling.receive_upload(
        portal.returns[ours].pk, heavy_workbook(portal.returns[ours]), "六月.xlsx", by=portal.people[ours]
    )
    first = portal.get(ours, f"uploads/{sent.upload.pk}/annotated/")
    reader = portal.stop_next_reader()
    with portal.get(ours, f"uploads/{sent.upload.pk}/annotated/").getresponse() as second:
        assert second.status == 503 and second.headers["Retry-After"]
    assert portal.upload(theirs, workbook_bytes(form_workbook(portal.returns[theirs])))[0] == 201
    first.close()
    wait_until_true(lambda: not reader.is_running(), what="the end of a reader for whom nobody waits", seconds=30)
    assert portal.upload(ours, workbook_bytes(form_workbook(portal.returns[ours])))[0] == 201


def test_uploads_do_not_grow_the_memory_of_the_web_server(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    demo = portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings)
    with (
        clock.frozen_at(NOON),
        portal_processes.run_portal(demo, WEB_CONCURRENCY="1") as running,
        closing(PortalWithReporters(running)) as portal,
    ):
        city, form = cast.CHANGSHA, workbook_bytes(form_workbook(portal.returns[cast.CHANGSHA]))
        (web,) = psutil.Process(running.started[0].pid).children()
        formula = '<c r="{at}"><f>SUM(1,2)</f><v>3</v></c>'
        short, long, longer = (
            '<c r="{at}" t="inlineStr"><is><t>' + "长" * count + "</t></is></c>" for count in (1, 30, 500)
        )
        workbooks = [
            (append_rows_xml(form, unknown_rows_xml(190_000)), 422),
            *((append_rows_xml(form, unknown_rows_xml(1_700, cell)), 200) for cell in (short, formula, long)),
            (append_rows_xml(form, unknown_rows_xml(1_700, longer)), 422),
        ]
        for workbook, _ in workbooks:  # what the process loads once is no growth
            portal.upload(city, workbook, "?dry_run=1")
        before = memory_kb(web)["VmRSS"]
        for workbook, status in workbooks:
            Path(f"/proc/{web.pid}/clear_refs").write_text("5")  # the peak counts from here
            answered, body = portal.upload(city, workbook, "?dry_run=1")
            assert answered == status, body
            assert status == 422 or (len(body["findings"]) == 500 and body["findings_more"] >= 1_200)
            assert memory_kb(web)["VmHWM"] - before < 50_000, (memory_kb(web), before)
        assert memory_kb(web)["VmRSS"] - before < 25_000, (memory_kb(web), before)


def memory_kb(process: psutil.Process) -> dict[str, int]:
    """Return the present and peak memory of a process (VmRSS, VmHWM) in kB."""
    lines = (line.split() for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return {line[0].rstrip(":"): int(line[1]) for line in lines if line[0].startswith("Vm")}
