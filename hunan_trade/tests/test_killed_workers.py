"""Tests kill -9 at ten places of a bulletin's job: one draft, reported once, and none lost without a broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
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
from hunan_trade.jobs.tests.polling import wait_until_true
from hunan_trade.periods import Month
from hunan_trade.servers import processes
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.portal_processes import PortalProcesses, run_portal
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


class Murders:
    """A site whose workers stop where the test wants them, and are killed there."""

    def __init__(self, site: PortalProcesses, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.want("nothing")

    def want(self, point: str) -> None:
        for name in ("stopped", "released"):
            (self.folder / name).unlink(missing_ok=True)
        fresh = self.folder / "fresh"
        fresh.write_text(point)
        fresh.rename(self.folder / "point")

    def worker(self) -> subprocess.Popen[bytes]:
        return self.site.start_worker(name=f"w{len(self.site.started)}", include="hunan_trade.tests.kill_points")

    def kill(self, worker: subprocess.Popen[bytes], who: str) -> None:
        children = psutil.Process(worker.pid).children()
        assert children, "a worker without a child proves nothing"
        if who == "both":
            self.site.kill(worker)
        elif who == "parent":
            worker.kill()
            worker.wait()
        else:
            for child in children:
                child.kill()
        (self.folder / "released").touch()
        wait_until_true(lambda: not any(map(processes.is_alive, children)), what="the end of an orphan")


@pytest.fixture
def murders(demo_database: DemoDatabase, settings: Settings, tmp_path: Path) -> Iterator[Murders]:
    folder = tmp_path / "kill_points"
    folder.mkdir()
    fast = {"JOB_LEASE_SECONDS": "2", "SWEEP_SECONDS": "1"}
    with run_portal(demo_database, web=False, KILL_POINTS=str(folder), **fast) as site:
        settings.CELERY_BROKER_URL = site.redis_url
        yield Murders(site, folder)
        print(site.logs())


def draft_of_june() -> Job:
    Report.objects.filter(kind="monthly-bulletin", month=JUNE.first).delete()
    return actions.request_draft("monthly-bulletin", JUNE, by=System("日历"))


def assert_drafted_once(job: Job, point: str, before: int) -> None:
    wait_until_true(lambda: Job.objects.get(pk=job.pk).is_finished, what=f"the end of the job killed {point}")
    job.refresh_from_db()
    [report] = Report.objects.filter(kind="monthly-bulletin", month=JUNE.first)
    assert (job.state, job.result) == (Job.State.DONE, {"report": report.pk}), (point, job.error, job.trace)
    assert job.attempt <= 2, point
    assert Event.objects.filter(verb="report.drafted").count() == before + 1, point


@pytest.mark.parametrize("who", ["child", "parent", "both"])
def test_a_draft_outlives_whoever_is_killed_wherever(murders: Murders, who: str) -> None:
    worker = murders.worker()
    murders.site.start_beat()
    for point in POINTS:
        murders.want(point)
        told = Event.objects.filter(verb="report.drafted").count()
        job = draft_of_june()
        wait_until_true((murders.folder / "stopped").exists, what=f"a worker {point}")
        victim, worker = worker, worker if who == "child" else murders.worker()
        murders.kill(victim, who)
        assert_drafted_once(job, point, told)
    assert not list(murders.site.demo.data_dir.rglob(".new-*"))


def test_what_is_asked_for_without_a_broker_is_answered_at_once_and_done_when_there_is_one(
    demo_database: DemoDatabase, settings: Settings
) -> None:
    Report.objects.filter(kind="monthly-bulletin", month=JUNE.first).delete()
    with run_portal(demo_database, web=False, JOB_LEASE_SECONDS="2", SWEEP_SECONDS="1") as site:
        settings.CELERY_BROKER_URL = site.redis_url  # where nobody listens yet
        client = Client()
        client.force_login(User.objects.get(username="officer1"))
        answer = client.post(reverse("reporting:report-prepare"), {"kind": "monthly-bulletin", "month": "2013-06"})
        assert answer.status_code == 302
        [job] = Job.objects.unfinished().filter(kind="reports.write")
        site.start_worker()
        site.start_beat()
        wait_until_true(lambda: Job.objects.get(pk=job.pk).is_finished, what="the job")
    assert Report.objects.filter(kind="monthly-bulletin", month=JUNE.first).count() == 1
