"""On deadline night all upload at once: some are read, the others wait, and nobody waits without end."""

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

from hunan_trade.workbooks import clients, process, slots
from hunan_trade.workbooks.archive import Limits

HOLDER = "from hunan_trade.workbooks.slots import slot\nimport time\nwith slot():\n print('held', flush=True)\n time.sleep(600)"


@pytest.fixture(autouse=True)
def two_slots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WORKBOOK_SLOTS", "2")


def test_of_fourteen_uploads_two_are_read_at_a_time_and_all_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, guard = 0, 0, threading.Lock()
    real = process._run

    def counted(*asked: Any) -> Any:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        try:
            return real(*asked)
        finally:
            with guard:
                now -= 1

    monkeypatch.setattr(process, "_run", counted)
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    child = "hunan_trade.workbooks.tests.misbehaving_child"
    with ThreadPoolExecutor(14) as pool:
        answers = list(pool.map(lambda n: process.run(child, b"%d" % n, Limits()), range(14)))
    assert answers == [b"%d" % n for n in range(14)] and most == 2


def test_who_finds_no_slot_in_time_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0.1")
    with slots.slot(), slots.slot(), pytest.raises(slots.ReadersBusy, match="过一分钟再办一次"), slots.slot():
        pass
    with slots.slot():
        pass


@contextmanager
def held_for(account: str, city: str = "") -> Iterator[None]:
    with clients.connected(None):
        clients.identify(account, city)
        with slots.slot():
            yield


def test_one_account_and_one_city_hold_their_share_and_the_rest_is_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    for share, other in (("7", "7"), ("7", "8")):
        city = "430100" if other == "8" else ""
        with held_for(share, city):
            with pytest.raises(slots.ReadersBusy, match="现在上传的人多"), held_for(other, city):
                pass
            with held_for("9", "430200"):
                pass


def test_an_account_whose_requests_wait_already_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    with ExitStack() as line:
        for _ in range(4):
            place = slots._free("account-7-line", 4)
            assert place
            line.enter_context(place)
        with pytest.raises(slots.ReadersBusy, match="本账号的文件还在读"), held_for("7"):
            pass


def test_who_leaves_while_waiting_waits_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "300")
    left = threading.Event()
    with slots.slot(), slots.slot(), clients.connected(left.is_set):
        assert not clients.current().gone
        left.set()
        with pytest.raises(clients.ClientGone), slots.slot():
            pass


def test_a_process_that_is_killed_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_SLOTS", "1")
    monkeypatch.setenv("WORKBOOK_WAIT_SECONDS", "0")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        try:
            with pytest.raises(slots.ReadersBusy), slots.slot():
                pass
        finally:
            os.kill(holder.pid, signal.SIGKILL)
    with slots.slot():
        pass
