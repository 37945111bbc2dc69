"""Tests that a report is drafted, or an import written, exactly once although its worker is killed during the job."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.jobs.models import Job
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.imports.models import JOB_KIND
from hunan_trade.lists.models import Act
from hunan_trade.lists.tests.import_factories import checked_import
from hunan_trade.periods import Month
from hunan_trade.servers import server_processes
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.portal_processes import PortalProcesses, run_portal
from parks.models import Park, ParkHistory
from parks.tables import PARKS
from reporting import actions
from reporting.models import Report

pytestmark = pytest.mark.slow
JUNE = Month(2013, 6)
POINTS = (
    "before the claim",
    "after the claim",
    "after gathering",
    "after sealing",
    "before the PDF",
    "draft written, not committed",
    "finished, not committed",
    "committed",
    "before the acknowledgement",
    "after the acknowledgement",
)


class KillableWorkers:
    """Celery workers that stop at a named point of a job, so that a test can kill them there."""

    def __init__(self, portal: PortalProcesses, folder: Path) -> None:
        self.portal, self.folder = portal, folder
        self.stop_at("nothing")

    def stop_at(self, point: str) -> None:
        for name in ("stopped", "released"):
            (self.folder / name).unlink(missing_ok=True)
        fresh = self.folder / "fresh"
        fresh.write_text(point)
        fresh.rename(self.folder / "point")

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.portal.start_worker(name=f"w{len(self.portal.started)}", include="hunan_trade.tests.kill_points")

    def kill(self, worker: subprocess.Popen[bytes], killed_process: str) -> None:
        children = psutil.Process(worker.pid).children()
        assert children, "a worker without a child proves nothing"
        if killed_process == "both":
            self.portal.kill(worker)
        elif killed_process == "parent":
            worker.kill()
            worker.wait()
        else:
            for child in children:
                child.kill()
        (self.folder / "released").touch()
        wait_until_true(lambda: not any(map(server_processes.is_alive, children)), what="the end of an orphan")


@pytest.fixture
def workers(demo_database: DemoDatabase, settings: Settings, tmp_path: Path) -> Iterator[KillableWorkers]:
    folder = tmp_path / "kill_points"
    folder.mkdir()
    fast = {"JOB_LEASE_SECONDS": "2", "SWEEP_SECONDS": "1"}
    with run_portal(demo_database, web=False, KILL_POINTS=str(folder), **fast) as portal:
        settings.CELERY_BROKER_URL = portal.redis_url
        yield KillableWorkers(portal, folder)
        print(portal.logs())


def request_june_draft() -> Job:
    return actions.request_draft("monthly-bulletin", JUNE, by=System("日历"))


def is_finished(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).is_finished


def assert_drafted_once(job: Job, point: str, before: int) -> None:
    wait_until_true(partial(is_finished, job), what=f"the end of the job killed {point}")
    job.refresh_from_db()
    [report] = Report.objects.filter(kind="monthly-bulletin", month=JUNE.first)
    assert (job.state, job.result) == (Job.State.DONE, {"report": report.pk}), (point, job.error, job.trace)
    assert job.attempt <= 2, point
    assert Event.objects.filter(verb="report.drafted").count() == before + 1, point


@pytest.mark.parametrize("killed_process", ["child", "parent", "both"])
def test_a_report_is_drafted_once_wherever_its_worker_is_killed(workers: KillableWorkers, killed_process: str) -> None:
    worker = workers.start_worker()
    workers.portal.start_beat()
    for point in POINTS:
        workers.stop_at(point)
        drafts_before = Event.objects.filter(verb="report.drafted").count()
        job = request_june_draft()
        wait_until_true((workers.folder / "stopped").exists, what=f"a worker {point}")
        victim, worker = worker, worker if killed_process == "child" else workers.start_worker()
        workers.kill(victim, killed_process)
        assert_drafted_once(job, point, drafts_before)
    assert not list(workers.portal.demo.data_dir.rglob(".new-*"))


def test_an_import_is_written_once_wherever_its_worker_is_killed(
    workers: KillableWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the act of whoever confirmed it (traps I3, H6)"""
    monkeypatch.setattr(imports, "ROWS_AT_ONCE", 0)
    officer, worker = User.objects.get(username="officer1"), workers.start_worker()
    workers.portal.start_beat()
    for number, point in enumerate(("after the claim", "finished, not committed", "committed")):
        workers.stop_at(point)
        names = ["".join(chr(0x4E00 + 700 * number + 7 * at + 3000 * part) for part in range(5)) for at in range(90)]
        found = checked_import(officer, *((name, "湘潭市", "园区", "县级", "待核", "", "") for name in names))
        imports.confirm(PARKS, found, by=officer, seen=found.version, choices={}, reason="名单")
        wait_until_true((workers.folder / "stopped").exists, what=f"a worker {point}")
        victim, worker = worker, workers.start_worker()
        workers.kill(victim, "both")
        job = Job.objects.get(kind=JOB_KIND, payload__pk=str(found.pk))
        wait_until_true(partial(is_finished, job), what=f"the end of the job killed {point}")
        found.refresh_from_db()
        assert (found.state, found.result["counts"]["new"]) == ("written", 90), point
        (act,) = Act.objects.filter(reference=found.reference)
        assert act.by == officer and ParkHistory.objects.filter(act=act).count() == 90, point
        assert Park.objects.filter(name__in=names).count() == 90, point


def test_a_report_requested_without_a_broker_is_drafted_when_the_broker_starts(
    demo_database: DemoDatabase, settings: Settings
) -> None:
    with run_portal(demo_database, web=False, JOB_LEASE_SECONDS="2", SWEEP_SECONDS="1") as portal:
        settings.CELERY_BROKER_URL = portal.redis_url  # where nobody listens yet
        client = Client()
        client.force_login(User.objects.get(username="officer1"))
        answer = client.post(reverse("reporting:report-prepare"), {"kind": "monthly-bulletin", "month": "2013-06"})
        assert answer.status_code == 302
        [job] = Job.objects.unfinished().filter(kind="reports.write")
        portal.start_worker()
        portal.start_beat()
        wait_until_true(lambda: Job.objects.get(pk=job.pk).is_finished, what="the job")
    assert Report.objects.filter(kind="monthly-bulletin", month=JUNE.first).count() == 1
