"""Tests that only a few uploads are read at once, while other uploads wait for a limited time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hunan_trade.workbooks import child_process, current_requester, reader_slots
from hunan_trade.workbooks.zip_archive import Limits

HOLDER = "from hunan_trade.workbooks.reader_slots import reader_slot\nimport time\nwith reader_slot():\n print('held', flush=True)\n time.sleep(600)"


@pytest.fixture(autouse=True)
def two_slots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WORKBOOK_SLOTS", "2")


def test_of_fourteen_uploads_two_are_read_at_a_time_and_all_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, guard = 0, 0, threading.Lock()
    real = child_process._run_holding_slot

    def run_and_count(*asked: Any) -> Any:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        try:
            return real(*asked)
        finally:
            with guard:
                now -= 1

    monkeypatch.setattr(child_process, "_run_holding_slot", run_and_count)
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    child = "hunan_trade.workbooks.tests.misbehaving_child"
    with ThreadPoolExecutor(14) as pool:
        answers = list(pool.map(lambda n: child_process.run_child(child, b"%d" % n, Limits()), range(14)))
    assert answers == [b"%d" % n for n in range(14)] and most == 2


def test_a_client_without_a_slot_in_time_is_refused_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0.1")
    with (
        reader_slots.reader_slot(),
        reader_slots.reader_slot(),
        pytest.raises(reader_slots.ReadersBusy, match="过一分钟再办一次"),
        reader_slots.reader_slot(),
    ):
        pass
    with reader_slots.reader_slot():
        pass


@contextmanager
def hold_slot_for(account: str, city: str = "") -> Iterator[None]:
    with current_requester.requester_context(None):
        current_requester.set_account(account, city)
        with reader_slots.reader_slot():
            yield


def test_an_account_or_city_cannot_exceed_its_share_of_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    for share, other in (("7", "7"), ("7", "8")):
        city = "430100" if other == "8" else ""
        with hold_slot_for(share, city):
            with pytest.raises(reader_slots.ReadersBusy, match="现在上传的人多"), hold_slot_for(other, city):
                pass
            with hold_slot_for("9", "430200"):
                pass


def test_an_account_with_a_full_queue_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    with ExitStack() as line:
        for _ in range(4):
            place = reader_slots._lock_free_slot("account-7-line", 4)
            assert place
            line.enter_context(place)
        with pytest.raises(reader_slots.ReadersBusy, match="本账号的文件还在读"), hold_slot_for("7"):
            pass


def test_a_client_that_disconnects_stops_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    left = threading.Event()
    with reader_slots.reader_slot(), reader_slots.reader_slot(), current_requester.requester_context(left.is_set):
        assert not current_requester.current().has_disconnected
        left.set()
        with pytest.raises(current_requester.ClientGone), reader_slots.reader_slot():
            pass


def test_a_process_that_is_killed_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_SLOTS", "1")
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        try:
            with pytest.raises(reader_slots.ReadersBusy), reader_slots.reader_slot():
                pass
        finally:
            os.kill(holder.pid, signal.SIGKILL)
    with reader_slots.reader_slot():
        pass
