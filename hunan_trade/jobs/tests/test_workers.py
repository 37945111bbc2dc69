"""Real workers, a real beat and a real broker, killed in the middle of the work: it is done once all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from hunan_trade.audit.models import Event
from hunan_trade.jobs import actions, broker
from hunan_trade.jobs.lease import SYSTEM
from hunan_trade.jobs.models import Job, Ping
from hunan_trade.jobs.tests.patience import wait_for
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS
from hunan_trade.servers import processes, valkey
from hunan_trade.testing.plugin import Clone

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
INTERVALS = {"JOB_LEASE_SECONDS": "3", "SWEEP_SECONDS": "1", "PING_SECONDS": "1"}


class Machines:
    """A broker, a beat and workers of one test, and the job they are to do."""

    def __init__(self, folder: Path, database: Clone) -> None:
        self.folder = folder
        self.port = valkey.free_port()
        self.redis_url = f"redis://:secret@127.0.0.1:{self.port}/0"
        self.environment = {
            **os.environ,
            **INTERVALS,
            "DATABASE_URL": database.url,
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "hunan_trade.jobs.tests.worker_settings",
        }
        self.started: list[subprocess.Popen[bytes]] = []
        self.pid_file, self.gate = folder / "pid", folder / "gate"

    def start_broker(self) -> None:
        valkey.start(self.folder, port=self.port, password="secret", durable=True, tied=True)

    def kill_broker(self) -> None:
        processes.end(valkey.running(self.folder), signal.SIGKILL)

    def start(self, *role: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{role[0]}.log").open("ab") as log:
            program = [sys.executable, "-m", "celery", "-A", "hunan_trade", *role, "--loglevel", "WARNING"]
            process = subprocess.Popen(
                program, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--concurrency", "2")

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The process and all its children at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def job_under_way(self) -> tuple[Job, int]:
        """A job that has begun and waits for the gate, and the process that does it."""
        files = {"pid_file": str(self.pid_file), "gate": str(self.gate)}
        job = actions.enqueue("test.count_slowly", files, key="one", by=SYSTEM)
        wait_for(self.pid_file.exists, what="the job to begin")
        return job, int(self.pid_file.read_text())

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.kill(process)
        self.kill_broker()
        for log in sorted(self.folder.glob("*.log")):  # shown where the test fails
            print(f"--- {log.name}", log.read_text(errors="replace"), sep="\n")


@pytest.fixture
def machines(tmp_path: Path, cloned_database: Clone, settings: Any) -> Iterator[Machines]:
    machines = Machines(tmp_path, cloned_database)
    settings.JOB_KINDS = TEST_JOBS
    settings.JOB_LEASE = timedelta(seconds=int(INTERVALS["JOB_LEASE_SECONDS"]))
    settings.CELERY_BROKER_URL = machines.redis_url
    try:
        machines.start_broker()
        yield machines
    finally:
        machines.end()


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def assert_done_once(job: Job) -> None:
    wait_for(lambda: state_of(job) == Job.State.DONE, what="the job to be done")
    assert Event.objects.filter(verb="test.counted").count() == 1


def test_a_job_outlives_its_worker_process(machines):
    machines.worker()
    machines.beat()
    job, pid = machines.job_under_way()
    os.kill(pid, signal.SIGKILL)
    machines.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_outlives_the_whole_worker(machines):
    worker = machines.worker()
    machines.beat()
    job, _ = machines.job_under_way()
    machines.kill(worker)
    machines.worker()
    machines.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_whose_worker_lost_its_parent_is_done_once(machines):
    worker = machines.worker()
    machines.beat()
    job, _ = machines.job_under_way()
    orphans = psutil.Process(worker.pid).children(recursive=True)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    machines.worker()
    machines.gate.touch()
    assert_done_once(job)
    processes.end(orphans, signal.SIGKILL)


def test_a_job_that_kills_its_workers_is_put_away_while_others_are_done(machines):
    machines.worker()
    machines.beat()
    poison = actions.enqueue("test.kill_worker", {}, key="poison", by=SYSTEM)
    wait_for(lambda: state_of(poison) != Job.State.WAITING, what="the poison to be taken")
    assert_done_once(actions.enqueue("test.count", {}, key="other", by=SYSTEM))
    wait_for(lambda: state_of(poison) == Job.State.QUARANTINED, what="the quarantine")
    assert (poison.attempt, poison.error) == (3, "连续 3 次中途停止，已隔离，不再自动办理")


def test_a_frozen_worker_that_wakes_up_again_changes_nothing(machines):
    machines.worker()
    machines.beat()
    job, frozen = machines.job_under_way()
    os.kill(frozen, signal.SIGSTOP)
    wait_for(lambda: Job.objects.overdue().filter(pk=job.pk) or Job.objects.filter(pk=job.pk, attempt=2))
    machines.gate.touch()
    assert_done_once(job)
    os.kill(frozen, signal.SIGCONT)
    wait_for(lambda: another_ping(), what="the next ping")
    assert_done_once(job)


def another_ping() -> bool:
    before = Ping.objects.get().answered_at
    wait_for(lambda: Ping.objects.get().answered_at > before, what="a ping")
    return True


def test_work_goes_on_by_itself_when_the_broker_comes_back(machines):
    worker = machines.worker()
    machines.beat()
    under_way, _ = machines.job_under_way()
    wait_for(Ping.objects.exists, what="the first ping")
    machines.kill_broker()
    assert not broker.answers()
    asked_meanwhile = actions.enqueue("test.refuse", {}, key="asked meanwhile", by=SYSTEM)
    machines.start_broker()
    machines.gate.touch()
    assert_done_once(under_way)
    wait_for(lambda: state_of(asked_meanwhile) == Job.State.FAILED, what="the job asked for without a broker")
    assert another_ping()
    assert (under_way.attempt, worker.poll()) == (1, None), "nobody had to start the worker again"
