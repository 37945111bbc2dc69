"""Tests that no write is lost or repeated while PostgreSQL is killed and API clients retry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hunan_trade.servers import server_processes
from hunan_trade.testing.portal_with_own_database import PortalWithOwnDatabase, run_portal_with_own_database

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CITIES, CLIENTS, KILLS, SECONDS_BETWEEN_KILLS = 14, 40, 5, 3
CREATE_FILERS_PROGRAM = """
import json, sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from enterprises.tests import return_factories
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region
regions.load_regions()
filers, folder, programs = [], Path(sys.argv[1]), int(sys.argv[2])
cities = list(Region.objects.cities())
for number in range(programs):
    city = cities[number % len(cities)]
    reporter = cast.reporter(city.code)
    firm = return_factories.enterprise(reporter)
    filers.append({"token": cast.token(reporter, "submit")[1], "key": firm.customs_code, "city": city.code})
for facts in filers:
    monthly_return = return_factories.opened(facts["city"], Month(2013, 6))
    form = return_sheets.stored_sheets(monthly_return)
    rows = next(iter(form.contexts.values())).rows
    facts["key"] = next(row.key for row in rows if row.key.startswith(facts["key"]))
    workbook = folder / f"{facts['city']}.xlsx"
    workbook.write_bytes(form.workbook(version=monthly_return.version, demo=True))
    facts |= {"return": monthly_return.pk, "workbook": str(workbook)}
json.dump(filers, sys.stdout)
"""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[PortalWithOwnDatabase]:
    with run_portal_with_own_database(tmp_path) as running:
        yield running


def start_filing_processes(
    portal: PortalWithOwnDatabase, filers: list[dict[str, Any]], stop: Path
) -> list[subprocess.Popen[str]]:
    """Start four processes with ten filing clients each."""
    started = []
    for at in range(4):
        child = subprocess.Popen(
            [sys.executable, "-m", "hunan_trade.testing.retrying_filing_clients"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=server_processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )
        settings = {
            "address": portal.processes.address.removeprefix("http://"),
            "stop": str(stop),
            "clients": filers[at::4],
        }
        assert child.stdin is not None
        json.dump(settings, child.stdin)
        child.stdin.close()
        child.stdin = None
        started.append(child)
    return started


def test_acknowledged_writes_are_stored_once_although_the_database_is_killed(
    portal: PortalWithOwnDatabase, tmp_path: Path
) -> None:
    filers = portal.run_python_and_parse_json(CREATE_FILERS_PROGRAM, str(tmp_path), str(CLIENTS))
    clients = start_filing_processes(portal, filers, stop := tmp_path / "stop")
    try:
        for number in range(KILLS):
            time.sleep(SECONDS_BETWEEN_KILLS)  # they file
            portal.kill_database(signal.SIGQUIT if number % 2 else signal.SIGKILL)
            time.sleep(0.5)  # they are told to ask again
            portal.pair.restart_dead_servers()
        time.sleep(SECONDS_BETWEEN_KILLS)
        stop.touch()
        results = [json.loads(client.communicate(timeout=600)[0]) for client in clients]
    finally:
        for client in clients:
            client.kill()
            client.wait()

    assert [fault for answer in results for fault in answer["failures"]] == [], portal.processes.logs()
    seen = sum((Counter(answer["seen"]) for answer in results), Counter[str]())
    assert set(seen) <= {"200", "201", "409", "503"} and seen["503"]
    saved = [entry for answer in results for entry in answer["acknowledged"] if entry[0] == "row"]
    uploaded = {entry[2] for answer in results for entry in answer["acknowledged"] if entry[0] == "upload"}
    assert len({key for _, key, _, _ in saved}) == CLIENTS and uploaded

    last = {key: (text, version) for _, key, text, version in saved}
    stored = portal.query_rows("SELECT key, texts->>'export', version FROM intake_row")
    assert {key: (text, version) for key, text, version in stored} == last
    assert Counter(key for _, key, _, _ in saved) == {key: version for key, (_, version) in last.items()}
    assert {str(pk) for (pk,) in portal.query_rows("SELECT id FROM intake_upload")} == uploaded
    counted = dict(portal.query_rows("SELECT verb, count(*) FROM audit_event WHERE verb LIKE 'return.%' GROUP BY verb"))
    assert counted == {"return.opened": CITIES, "return.filled": len(saved), "return.uploaded": len(uploaded)}
    assert portal.query_rows("SELECT count(*) FROM web_storedresponse") == [(len(saved) + len(uploaded),)]
    portal.processes.wait_for_web()
