"""Tests large imports written by a background job, including killed workers and stopping.

Progress, and what changed meanwhile.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs import broker
from hunan_trade.jobs.lease import Lease
from hunan_trade.jobs.models import Job
from hunan_trade.lists.imports import actions, row_checking_and_writing
from hunan_trade.lists.imports.models import JOB_KIND, Import
from hunan_trade.lists.models import Act
from hunan_trade.lists.tests.import_factories import checked_import
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park
from parks.tables import PARKS

pytestmark = pytest.mark.django_db
NAMES = ("湘潭经开区", "九华产业园", "松木工业园", "白沙洲物流园")


class Killed(BaseException):
    """Ends a worker as SIGKILL would: nobody catches it."""


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    regions.load_regions()
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)
    monkeypatch.setattr(actions, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(row_checking_and_writing, "STEP", 1)


@pytest.fixture
def officer() -> User:
    return cast.officer()


def queued(officer: User) -> tuple[Import, Job]:
    found = checked_import(officer, *((name, "湘潭市", "园区", "县级", "待核", "", "") for name in NAMES))
    actions.confirm(PARKS, found, by=officer, seen=found.version, choices={}, reason="名单")
    next_transaction()
    assert found.state == "writing" and not Park.objects.exists()
    return found, Job.objects.get(kind=JOB_KIND)


def run(job: Job) -> Job:
    jobs.run_job(job.pk, worker="w")
    job.refresh_from_db()
    return job


def test_a_job_writes_a_large_import_as_one_act_and_says_how_far_it_is(
    officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress: list[tuple[int, int | None]] = []
    monkeypatch.setattr(Lease, "advance", lambda lease, done, total=None, note="": progress.append((done, total)))
    found, job = queued(officer)
    assert run(job).state == "done"
    found.refresh_from_db()
    assert (found.state, found.result["counts"]["new"], Park.objects.count()) == ("written", 4, 4)
    assert progress == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert Act.objects.get(kind="imported").reference == found.reference


def test_a_killed_worker_leaves_nothing_and_the_next_one_writes_all(
    officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(traps I3)"""
    found, job = queued(officer)

    def kill(*args: Any, **more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(actions, "_summary_entries_to_keep", kill)
        jobs.run_job(job.pk, worker="w")
    found.refresh_from_db()
    assert (found.state, Park.objects.count(), Act.objects.count()) == ("writing", 0, 0)
    Job.objects.filter(pk=job.pk).update(state="waiting", lease_until=Now())
    assert run(job).state == "done"
    counts = Import.objects.get().result["counts"]
    assert Park.objects.count() == 4 and sum(counts.values()) == 4


def test_a_stopped_import_is_not_written(officer: User) -> None:
    found, job = queued(officer)
    actions.drop(PARKS, found, by=officer, seen=found.version)
    assert run(job).state == "failed" and "已停止" in job.error
    assert not Park.objects.exists()


def test_what_changed_since_the_check_stops_the_job_and_is_checked_anew(officer: User) -> None:
    found, job = queued(officer)
    park = {"name": NAMES[0], "city_id": "430300", "kind": "park", "level": "county", "certainty": "seen"}
    Park.objects.create(**park, as_of_2013=True)
    assert run(job).state == "failed" and "重新核对" in job.error
    found.refresh_from_db()
    assert (found.state, found.result["anew"], Park.objects.count()) == ("checked", [2], 1)


def test_an_importer_who_lost_the_right_writes_nothing(officer: User) -> None:
    _, job = queued(officer)
    User.objects.filter(pk=officer.pk).update(role="city_lead", region_id="430100")
    assert run(job).state == "failed" and not Park.objects.exists()
