"""Tests that a job is done exactly once although its worker, beat or broker is killed midway."""

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
from hunan_trade.jobs.tests.condition_polling import wait_until_true
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS
from hunan_trade.servers import server_processes, valkey
from hunan_trade.testing.plugin import ClonedDatabase

pytestmark = pytest.mark.slow
BEAT = f"beat@{gethostname()}"
ROOT = Path(__file__).resolve().parents[3]
INTERVALS = {"JOB_LEASE_SECONDS": "3", "SWEEP_SECONDS": "1", "PING_SECONDS": "1"}


class WorkerProcesses:
    """The broker, beat and worker processes of one test."""

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
        server_processes.stop_and_wait(valkey.running_processes(self.folder), signal.SIGKILL)

    def flush_broker(self) -> None:
        self._redis().flushall()

    def count_waiting_messages(self) -> int:
        """Return the number of messages that no worker has taken."""
        return int(self._redis().llen("heavy"))

    def count_unacknowledged_messages(self) -> int:
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

    def start_worker(
        self, name: str = "all", queues: str = "fast,heavy", processes: int = 2
    ) -> subprocess.Popen[bytes]:
        return self.start("worker", "--concurrency", str(processes), "-Q", queues, "-n", f"{name}@test")

    def start_beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the process and all its children."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start_job_and_wait(self) -> tuple[Job, int]:
        """Start a job that waits for the gate file; return it with the id of the process that runs it."""
        files = {"pid_file": str(self.pid_file), "gate": str(self.gate)}
        job = actions.enqueue("test.count_slowly", files, key="one", by=SYSTEM)
        wait_until_true(self.pid_file.exists, what="the job to begin")
        return job, int(self.pid_file.read_text())

    def end_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.kill(process)
        self.kill_broker()
        for log in sorted(self.folder.glob("*.log")):  # shown where the test fails
            print(f"--- {log.name}", log.read_text(errors="replace"), sep="\n")


@pytest.fixture
def processes_under_test(
    tmp_path: Path, cloned_database: ClonedDatabase, settings: Settings
) -> Iterator[WorkerProcesses]:
    processes_under_test = WorkerProcesses(tmp_path, cloned_database)
    settings.JOB_KINDS = TEST_JOBS
    settings.JOB_LEASE = timedelta(seconds=int(INTERVALS["JOB_LEASE_SECONDS"]))
    settings.CELERY_BROKER_URL = processes_under_test.redis_url
    try:
        processes_under_test.start_broker()
        yield processes_under_test
    finally:
        processes_under_test.end_all()


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def assert_done_once(job: Job) -> None:
    wait_until_true(lambda: state_of(job) == Job.State.DONE, what="the job to be done")
    assert Event.objects.filter(verb="test.counted").count() == 1


def test_a_job_is_done_although_its_worker_process_is_killed(processes_under_test: WorkerProcesses) -> None:
    processes_under_test.start_worker()
    processes_under_test.start_beat()
    job, pid = processes_under_test.start_job_and_wait()
    os.kill(pid, signal.SIGKILL)
    processes_under_test.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_is_done_although_its_whole_worker_is_killed(processes_under_test: WorkerProcesses) -> None:
    worker = processes_under_test.start_worker()
    processes_under_test.start_beat()
    job, _ = processes_under_test.start_job_and_wait()
    processes_under_test.kill(worker)
    processes_under_test.start_worker()
    processes_under_test.gate.touch()
    assert_done_once(job)
    assert job.attempt == 2


def test_a_job_whose_worker_lost_its_parent_is_done_once(processes_under_test: WorkerProcesses) -> None:
    worker = processes_under_test.start_worker()
    processes_under_test.start_beat()
    job, _ = processes_under_test.start_job_and_wait()
    orphans = psutil.Process(worker.pid).children(recursive=True)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    processes_under_test.start_worker()
    processes_under_test.gate.touch()
    assert_done_once(job)
    server_processes.stop_and_wait(orphans, signal.SIGKILL)


def test_a_job_that_kills_its_workers_is_quarantined_while_others_are_done(
    processes_under_test: WorkerProcesses,
) -> None:
    processes_under_test.start_worker("heavy", "heavy", 1)
    processes_under_test.start_worker("fast", "fast", 1)
    processes_under_test.start_beat()
    poison = actions.enqueue("test.kill_worker", {}, key="poison", by=SYSTEM)
    wait_until_true(lambda: state_of(poison) != Job.State.WAITING, what="the poison to be taken")
    assert_done_once(actions.enqueue("test.count", {}, key="other", by=SYSTEM))
    wait_until_true(lambda: state_of(poison) == Job.State.QUARANTINED, what="the quarantine")
    assert (poison.attempt, poison.error) == (3, "连续 3 次中途停止，已隔离，不再自动办理")
    assert wait_for_next_ping("heavy@test") and wait_for_next_ping("fast@test")


def test_a_frozen_worker_that_wakes_up_again_changes_nothing(processes_under_test: WorkerProcesses) -> None:
    processes_under_test.start_worker()
    processes_under_test.start_beat()
    job, frozen = processes_under_test.start_job_and_wait()
    os.kill(frozen, signal.SIGSTOP)
    wait_until_true(lambda: Job.objects.overdue().filter(pk=job.pk) or Job.objects.filter(pk=job.pk, attempt=2))
    processes_under_test.gate.touch()
    assert_done_once(job)
    os.kill(frozen, signal.SIGCONT)
    wait_until_true(lambda: wait_for_next_ping(), what="the next ping")
    assert_done_once(job)


def wait_for_next_ping(worker: str = "all@test") -> bool:
    def answered_at() -> Any:
        return Ping.objects.filter(worker=worker).values_list("answered_at", flat=True).first()

    before = answered_at()
    wait_until_true(lambda: answered_at() not in (None, before), what=f"a ping of {worker}")
    return True


def test_workers_continue_by_themselves_when_the_broker_comes_back(processes_under_test: WorkerProcesses) -> None:
    worker = processes_under_test.start_worker()
    processes_under_test.start_beat()
    under_way, _ = processes_under_test.start_job_and_wait()
    wait_until_true(Ping.objects.exists, what="the first ping")
    processes_under_test.kill_broker()
    assert not broker.is_reachable()
    asked_meanwhile = actions.enqueue("test.raise_refusal", {}, key="asked meanwhile", by=SYSTEM)
    processes_under_test.start_broker()
    processes_under_test.gate.touch()
    assert_done_once(under_way)
    wait_until_true(lambda: state_of(asked_meanwhile) == Job.State.FAILED, what="the job asked for without a broker")
    assert wait_for_next_ping()
    assert (under_way.attempt, worker.poll()) == (1, None), "nobody had to start the worker again"


def test_pings_continue_after_five_broker_restarts_and_the_loss_of_all_messages(
    processes_under_test: WorkerProcesses,
) -> None:
    workers = [
        processes_under_test.start_worker("heavy", "heavy", 1),
        processes_under_test.start_worker("fast", "fast", 1),
    ]
    beat = processes_under_test.start_beat()
    for _ in range(5):
        for name in ("heavy@test", "fast@test", BEAT):
            assert wait_for_next_ping(name)
        processes_under_test.kill_broker()
        processes_under_test.start_broker()
    for name in ("heavy@test", "fast@test", BEAT):
        assert wait_for_next_ping(name)
    processes_under_test.flush_broker()
    assert wait_for_next_ping("heavy@test") and wait_for_next_ping(BEAT)
    assert [process.poll() for process in (*workers, beat)] == [None] * 3, "nobody had to start them again"


def test_a_job_whose_message_the_broker_lost_is_announced_again(processes_under_test: WorkerProcesses) -> None:
    job = actions.enqueue("test.count", {}, key="one", by=SYSTEM)
    processes_under_test.flush_broker()
    processes_under_test.start_worker()
    processes_under_test.start_beat()
    assert_done_once(job)


@pytest.mark.parametrize("frozen", ["parent", "child"])
def test_a_frozen_worker_is_reported_silent_by_its_name(
    processes_under_test: WorkerProcesses, settings: Settings, frozen: str
) -> None:
    settings.PING_STALE = timedelta(seconds=3)
    heavy = processes_under_test.start_worker("heavy", "heavy", 1)
    processes_under_test.start_worker("fast", "fast", 1)
    processes_under_test.start_beat()
    names = ("heavy@test", "fast@test", BEAT)
    wait_until_true(lambda: not system_health.check_health(names).silent, what="everybody's first word")
    [child] = psutil.Process(heavy.pid).children()
    os.kill(heavy.pid if frozen == "parent" else child.pid, signal.SIGSTOP)
    wait_until_true(lambda: system_health.check_health(names).silent == ("heavy@test",), what="the silence")
    processes_under_test.kill(heavy)
    processes_under_test.start_worker("heavy", "heavy", 1)
    wait_until_true(lambda: not system_health.check_health(names).silent, what="the new one's first word")


def test_one_message_delivered_twenty_times_to_three_workers_is_one_run(processes_under_test: WorkerProcesses) -> None:
    for name in "abc":
        processes_under_test.start_worker(name)
    wait_until_true(lambda: Ping.objects.count() == 3, what="three workers")
    job, pid = processes_under_test.start_job_and_wait()
    for _ in range(20):
        assert broker.announce_job(job.pk)
    wait_until_true(lambda: processes_under_test.count_waiting_messages() == 0, what="the messages to be taken")
    processes_under_test.gate.touch()
    assert_done_once(job)
    wait_until_true(lambda: processes_under_test.count_unacknowledged_messages() == 0, what="the last acknowledgement")
    assert (state_of(job), job.attempt, job.fence) == (Job.State.DONE, 1, 1)
    assert int(processes_under_test.pid_file.read_text()) == pid


def test_a_pickled_message_is_refused_and_never_unpickled(processes_under_test: WorkerProcesses) -> None:
    processes_under_test.start_worker()
    told = processes_under_test.folder / "unpickled"
    with broker.app.connection_for_write(processes_under_test.redis_url) as connection:
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


def test_three_beats_enqueue_each_hourly_job_once(processes_under_test: WorkerProcesses) -> None:
    processes_under_test.environment["TICK_SECONDS"] = "1"
    processes_under_test.start_worker()
    for _ in range(3):
        processes_under_test.start_beat()
    wait_until_true(lambda: Job.objects.finished().count() >= 2, what="the calendar's jobs")
    for _ in range(3):
        assert wait_for_next_ping(BEAT)
    runs = list(ScheduledRun.objects.values_list("name", "due_at"))
    assert len(runs) == len(set(runs)) == Job.objects.count()
    assert {name for name, _ in runs} >= {"returns.open", "reports.due"}
