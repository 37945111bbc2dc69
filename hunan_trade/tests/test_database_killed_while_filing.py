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
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from hunan_trade import servers
from hunan_trade.servers import ServerPair, postgres, processes
from hunan_trade.testing import portal_processes
from hunan_trade.testing.demo_database import DemoDatabase

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
from hunan_trade.regions import actions as regions
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
def pair(tmp_path: Path) -> Iterator[ServerPair]:
    """Fixture that starts the database servers with durable commits, as in production."""
    pair = servers.start_pair(tmp_path / "servers", durable=True)
    yield pair
    pair.stop()


@pytest.fixture
def portal(
    pair: ServerPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[portal_processes.PortalProcesses]:
    folder = tmp_path / "portal"
    (folder / "static").mkdir(parents=True)
    monkeypatch.setenv("PORTAL_TODAY", "2013-07-04")
    with portal_processes.run_portal(DemoDatabase("portal", pair.database_url, folder)) as running:
        yield running


def create_filers(portal: portal_processes.PortalProcesses, pair: ServerPair, folder: Path) -> list[dict[str, Any]]:
    """Create accounts, tokens and workbooks for all filing clients, and return them as JSON data."""
    environment = portal.environment | {"DATABASE_OWNER_URL": pair.owner_url}
    environment["DJANGO_SETTINGS_MODULE"] = "hunan_trade.settings"
    command = [sys.executable, "-c", CREATE_FILERS_PROGRAM, str(folder), str(CLIENTS)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


def start_filing_processes(
    portal: portal_processes.PortalProcesses, filers: list[dict[str, Any]], stop: Path
) -> list[subprocess.Popen[str]]:
    """Start four processes with ten filing clients each."""
    started = []
    for at in range(4):
        child = subprocess.Popen(
            [sys.executable, "-m", "hunan_trade.testing.retrying_filers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=processes.signal_on_parent_death(os.getpid(), signal.SIGKILL),
        )
        settings = {"address": portal.address.removeprefix("http://"), "stop": str(stop), "clients": filers[at::4]}
        assert child.stdin is not None
        json.dump(settings, child.stdin)
        child.stdin.close()
        child.stdin = None
        started.append(child)
    return started


def query_rows(pair: ServerPair, query: str) -> list[Any]:
    connection = psycopg2.connect(host=str(pair.sockets), user=postgres.OWNER_ROLE, dbname=postgres.DATABASE)
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def kill_database(pair: ServerPair, how: signal.Signals) -> None:
    """Send a signal to the database server and wait until its sessions have ended."""
    for postmaster in postgres.running_processes(pair.data_dir):
        sessions = postmaster.children(recursive=True)
        postmaster.send_signal(how)
        for session in sessions if how is signal.SIGKILL else []:
            session.kill()
        psutil.wait_procs([postmaster, *sessions], timeout=300)


def test_acknowledged_writes_are_stored_once_although_the_database_is_killed(
    pair: ServerPair, portal: portal_processes.PortalProcesses, tmp_path: Path
) -> None:
    filers = create_filers(portal, pair, tmp_path)
    clients = start_filing_processes(portal, filers, stop := tmp_path / "stop")
    try:
        for number in range(KILLS):
            time.sleep(SECONDS_BETWEEN_KILLS)  # they file
            kill_database(pair, signal.SIGQUIT if number % 2 else signal.SIGKILL)
            time.sleep(0.5)  # they are told to ask again
            pair.restart_dead_servers()
        time.sleep(SECONDS_BETWEEN_KILLS)
        stop.touch()
        results = [json.loads(client.communicate(timeout=600)[0]) for client in clients]
    finally:
        for client in clients:
            client.kill()
            client.wait()

    assert [fault for answer in results for fault in answer["failures"]] == [], portal.logs()
    seen = sum((Counter(answer["seen"]) for answer in results), Counter[str]())
    assert set(seen) <= {"200", "201", "409", "503"} and seen["503"]
    saved = [entry for answer in results for entry in answer["acknowledged"] if entry[0] == "row"]
    uploaded = {entry[2] for answer in results for entry in answer["acknowledged"] if entry[0] == "upload"}
    assert len({key for _, key, _, _ in saved}) == CLIENTS and uploaded

    last = {key: (text, version) for _, key, text, version in saved}
    stored = query_rows(pair, "SELECT key, texts->>'export', version FROM intake_row")
    assert {key: (text, version) for key, text, version in stored} == last
    assert Counter(key for _, key, _, _ in saved) == {key: version for key, (_, version) in last.items()}
    assert {str(pk) for (pk,) in query_rows(pair, "SELECT id FROM intake_upload")} == uploaded
    counted = dict(query_rows(pair, "SELECT verb, count(*) FROM audit_event WHERE verb LIKE 'return.%' GROUP BY verb"))
    assert counted == {"return.opened": CITIES, "return.filled": len(saved), "return.uploaded": len(uploaded)}
    assert query_rows(pair, "SELECT count(*) FROM web_storedresponse") == [(len(saved) + len(uploaded),)]
    portal.wait_for_web()
