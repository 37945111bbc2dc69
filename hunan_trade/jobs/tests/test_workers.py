"""Tests with a real worker, beat and broker killed in the middle of a job, which is done exactly once all the same."""

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
import redis
from celery.utils.nodenames import gethostname
from pytest_django import Settings

from hunan_trade.audit.models import Event
from hunan_trade.jobs import actions, broker, system_health
from hunan_trade.jobs.lease import SYSTEM
from hunan_trade.jobs.models import Job, Ping, ScheduledRun
from hunan_trade.jobs.tests.polling import wait_until_true
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS
from hunan_trade.servers import processes, valkey
from hunan_trade.testing.plugin import ClonedDatabase

pytestmark = pytest.mark.slow
BEAT = f"beat@{gethostname()}"
ROOT = Path(__file__).resolve().parents[3]
INTERVALS = {"JOB_LEASE_SECONDS": "3", "SWEEP_SECONDS": "1", "PING_SECONDS": "1"}


class Machines:
    """A broker, a beat and workers of one test."""

    def __init__(self, folder: Path, database: ClonedDatabase) -> None:
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
        valkey.start(self.folder, port=self.port, password="secret", durable=True, ends_with_caller=True)

    def kill_broker(self) -> None:
        processes.stop_and_wait(valkey.running_processes(self.folder), signal.SIGKILL)

    def flush_broker(self) -> None:
        self._redis().flushall()

    def waiting(self) -> int:
        """Return the number of messages that no worker has taken."""
        return int(self._redis().llen("heavy"))

    def unacknowledged(self) -> int:
        return int(self._redis().hlen("unacked"))

    def _redis(self) -> Any:
        return redis.Redis.from_url(self.redis_url)

    def start(self, *role: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{role[0]}.log").open("ab") as log:
            program = [sys.executable, "-m", "celery", "-A", "hunan_trade", *role, "--loglevel", "WARNING"]
            process = subprocess.Popen(
                program, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(process)
        return process

    def worker(self, name: str = "all", queues: str = "fast,heavy", processes: int = 2) -> subprocess.Popen[bytes]:
        return self.start("worker", "--concurrency", str(processes), "-Q", queues, "-n", f"{name}@test")

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the process and all its children."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def job_under_way(self) -> tuple[Job, int]:
        """Start a job that waits for the gate file; returns it with the process that runs it."""
        files = {"pid_file": str(self.pid_file), "gate": str(self.gate)}
        job = actions.enqueue("test.count_slowly", files, key="one", by=SYSTEM)
        wait_until_true(self.pid_file.exists, what="the job to begin")
        return job, int(self.pid_file.read_text())

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.kill(process)
        self.kill_broker()
        for log in sorted(self.folder.glob("*.log")):  # shown where the test fails
            print(f"--- {log.name}", log.read_text(errors="replace"), sep="\n")


@pytest.fixture
def machines(tmp_path: Path, cloned_database: ClonedDatabase, settings: Settings) -> Iterator[Machines]:
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
    wait_until_true(lambda: state_of(job) == Job.State.DONE, what="the job to be done")
    assert Event.objects.filter(verb="test.counted").count() == 1


def test_a_job_outlives_its_worker_process(machines: Machines) -> None:
    machines.worker()
    machines.beat()
    job, pid = machines.job_under_way()
    os.kill(pid, signal.SIGKILL)
    machines.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_outlives_the_whole_worker(machines: Machines) -> None:
    worker = machines.worker()
    machines.beat()
    job, _ = machines.job_under_way()
    machines.kill(worker)
    machines.worker()
    machines.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_whose_worker_lost_its_parent_is_done_once(machines: Machines) -> None:
    worker = machines.worker()
    machines.beat()
    job, _ = machines.job_under_way()
    orphans = psutil.Process(worker.pid).children(recursive=True)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    machines.worker()
    machines.gate.touch()
    assert_done_once(job)
    processes.stop_and_wait(orphans, signal.SIGKILL)


def test_a_job_that_kills_its_workers_is_put_away_while_others_are_done(machines: Machines) -> None:
    machines.worker("heavy", "heavy", 1)
    machines.worker("fast", "fast", 1)
    machines.beat()
    poison = actions.enqueue("test.kill_worker", {}, key="poison", by=SYSTEM)
    wait_until_true(lambda: state_of(poison) != Job.State.WAITING, what="the poison to be taken")
    assert_done_once(actions.enqueue("test.count", {}, key="other", by=SYSTEM))
    wait_until_true(lambda: state_of(poison) == Job.State.QUARANTINED, what="the quarantine")
    assert (poison.attempt, poison.error) == (3, "连续 3 次中途停止，已隔离，不再自动办理")
    assert another_ping("heavy@test") and another_ping("fast@test")


def test_a_frozen_worker_that_wakes_up_again_changes_nothing(machines: Machines) -> None:
    machines.worker()
    machines.beat()
    job, frozen = machines.job_under_way()
    os.kill(frozen, signal.SIGSTOP)
    wait_until_true(lambda: Job.objects.overdue().filter(pk=job.pk) or Job.objects.filter(pk=job.pk, attempt=2))
    machines.gate.touch()
    assert_done_once(job)
    os.kill(frozen, signal.SIGCONT)
    wait_until_true(lambda: another_ping(), what="the next ping")
    assert_done_once(job)


def another_ping(worker: str = "all@test") -> bool:
    def answered_at() -> Any:
        return Ping.objects.filter(worker=worker).values_list("answered_at", flat=True).first()

    before = answered_at()
    wait_until_true(lambda: answered_at() not in (None, before), what=f"a ping of {worker}")
    return True


def test_work_goes_on_by_itself_when_the_broker_comes_back(machines: Machines) -> None:
    worker = machines.worker()
    machines.beat()
    under_way, _ = machines.job_under_way()
    wait_until_true(Ping.objects.exists, what="the first ping")
    machines.kill_broker()
    assert not broker.is_reachable()
    asked_meanwhile = actions.enqueue("test.refuse", {}, key="asked meanwhile", by=SYSTEM)
    machines.start_broker()
    machines.gate.touch()
    assert_done_once(under_way)
    wait_until_true(lambda: state_of(asked_meanwhile) == Job.State.FAILED, what="the job asked for without a broker")
    assert another_ping()
    assert (under_way.attempt, worker.poll()) == (1, None), "nobody had to start the worker again"


def test_pings_flow_through_five_restarts_of_the_broker_and_the_loss_of_all_it_held(machines: Machines) -> None:
    workers = [machines.worker("heavy", "heavy", 1), machines.worker("fast", "fast", 1)]
    beat = machines.beat()
    for _ in range(5):
        for name in ("heavy@test", "fast@test", BEAT):
            assert another_ping(name)
        machines.kill_broker()
        machines.start_broker()
    for name in ("heavy@test", "fast@test", BEAT):
        assert another_ping(name)
    machines.flush_broker()
    assert another_ping("heavy@test") and another_ping(BEAT)
    assert [process.poll() for process in (*workers, beat)] == [None] * 3, "nobody had to start them again"


def test_a_job_whose_message_the_broker_lost_is_announced_again(machines: Machines) -> None:
    job = actions.enqueue("test.count", {}, key="one", by=SYSTEM)
    machines.flush_broker()
    machines.worker()
    machines.beat()
    assert_done_once(job)


@pytest.mark.parametrize("frozen", ["parent", "child"])
def test_a_frozen_worker_falls_silent_under_its_own_name(machines: Machines, settings: Settings, frozen: str) -> None:
    settings.PING_STALE = timedelta(seconds=3)
    heavy = machines.worker("heavy", "heavy", 1)
    machines.worker("fast", "fast", 1)
    machines.beat()
    names = ("heavy@test", "fast@test", BEAT)
    wait_until_true(lambda: not system_health.health(names).silent, what="everybody's first word")
    [child] = psutil.Process(heavy.pid).children()
    os.kill(heavy.pid if frozen == "parent" else child.pid, signal.SIGSTOP)
    wait_until_true(lambda: system_health.health(names).silent == ("heavy@test",), what="the silence")
    machines.kill(heavy)
    machines.worker("heavy", "heavy", 1)
    wait_until_true(lambda: not system_health.health(names).silent, what="the new one's first word")


def test_one_message_delivered_twenty_times_to_three_workers_is_one_run(machines: Machines) -> None:
    for name in "abc":
        machines.worker(name)
    wait_until_true(lambda: Ping.objects.count() == 3, what="three workers")
    job, pid = machines.job_under_way()
    for _ in range(20):
        assert broker.announce_job(job.pk)
    wait_until_true(lambda: machines.waiting() == 0, what="the messages to be taken")
    machines.gate.touch()
    assert_done_once(job)
    wait_until_true(lambda: machines.unacknowledged() == 0, what="the last acknowledgement")
    assert (state_of(job), job.attempt, job.fence) == (Job.State.DONE, 1, 1)
    assert int(machines.pid_file.read_text()) == pid


def test_a_pickled_message_is_refused_and_harms_nobody(machines: Machines) -> None:
    machines.worker()
    told = machines.folder / "unpickled"
    with broker.app.connection_for_write(machines.redis_url) as connection:
        producer = connection.Producer(serializer="pickle")
        bodies: tuple[object, ...] = (Unpickled(told), ((1,), {}, {}))
        for body in bodies:
            producer.publish(body, routing_key="heavy", headers={"task": "jobs.run", "id": "pickled"})
    assert_done_once(actions.enqueue("test.count", {}, key="after it", by=SYSTEM))
    assert not told.exists()


class Unpickled:
    """An object that writes a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.trace),)


def test_three_beats_ask_once_for_each_hour(machines: Machines) -> None:
    machines.environment["TICK_SECONDS"] = "1"
    machines.worker()
    for _ in range(3):
        machines.beat()
    wait_until_true(lambda: Job.objects.finished().count() >= 2, what="the calendar's jobs")
    for _ in range(3):
        assert another_ping(BEAT)
    runs = list(ScheduledRun.objects.values_list("name", "due_at"))
    assert len(runs) == len(set(runs)) == Job.objects.count()
    assert {name for name, _ in runs} >= {"returns.open", "reports.due"}
