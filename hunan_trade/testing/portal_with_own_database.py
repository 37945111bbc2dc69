"""Runs the portal's web server on separate database servers, which a test may kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from hunan_trade import servers
from hunan_trade.servers import ServerPair, postgres
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.portal_processes import ROOT, PortalProcesses, run_portal


@dataclass(frozen=True)
class PortalWithOwnDatabase:
    """A running portal with a PostgreSQL and a Valkey server of its own, which no other test uses."""

    pair: ServerPair
    processes: PortalProcesses

    def run_python_and_parse_json(self, program: str, *arguments: str) -> Any:
        """Run Python source text on the portal's database in a new process; return the JSON that it prints."""
        environment = self.processes.environment | {"DATABASE_OWNER_URL": self.pair.owner_database_url}
        environment["DJANGO_SETTINGS_MODULE"] = "hunan_trade.settings"
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def query_rows(self, query: str) -> list[Any]:
        connection = psycopg2.connect(host=str(self.pair.sockets), user=postgres.OWNER_ROLE, dbname=postgres.DATABASE)
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def kill_database(self, how: signal.Signals) -> None:
        """Send the signal `how` to the database server, and wait until it and its sessions have ended."""
        for postmaster in postgres.running_processes(self.pair.data_dir):
            sessions = postmaster.children(recursive=True)
            postmaster.send_signal(how)
            for session in sessions if how is signal.SIGKILL else []:
                session.kill()
            psutil.wait_procs([postmaster, *sessions], timeout=300)


@contextmanager
def run_portal_with_own_database(folder: Path) -> Iterator[PortalWithOwnDatabase]:
    """Context manager that runs a portal on new database servers, which commit durably as in production."""
    pair = servers.start_pair(folder / "servers", durable=True)
    try:
        data = folder / "portal"
        (data / "static").mkdir(parents=True)
        with run_portal(DemoDatabase("portal", pair.database_url, data), PORTAL_TODAY="2013-07-04") as processes:
            yield PortalWithOwnDatabase(pair, processes)
    finally:
        pair.stop()
