"""The databases of the lines: copies of a migrated one, each filled when a line first asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
from django.core.management import call_command
from django.db import connection, connections

from hunan_trade.servers import postgres
from hunan_trade.setup import reference_data
from scripts.bench import rows
from scripts.bench.scale import Scale

TEMPLATE = "template"
# Name → the database it is copied from, and what is added to it.
SOURCES: Mapping[str, tuple[str, Callable[[Scale], None]]] = {
    "returns": (TEMPLATE, rows.open_month_of_two_cities),
    "upsert": (TEMPLATE, rows.open_month_of_two_cities),
    "acceptance": (TEMPLATE, rows.year_before_an_open_month),
    "observations": (TEMPLATE, rows.observations_corrected_often),
    "figures": (TEMPLATE, lambda scale: rows.sixty_months(scale.rows(20_000))),
    "figures-tenfold": (TEMPLATE, lambda scale: rows.sixty_months(scale.rows(20_000) * 10)),
    "demo": (TEMPLATE, rows.demo_year),
    "demo-crowded": ("demo", rows.crowd),
}
_built: set[str] = set()


def prepare() -> None:
    """Make the migrated database with the reference tables that the others are copies of."""
    _maintain(f"CREATE DATABASE {_database(TEMPLATE)}")
    _maintain(f"GRANT SET ON PARAMETER session_replication_role TO {postgres.OWNER_ROLE}", role=postgres.SUPERUSER)
    connect(TEMPLATE)
    call_command("migrate", verbosity=0)
    reference_data.load_reference_tables()
    _built.add(TEMPLATE)


def enter(name: str, scale: Scale) -> None:
    """Send all later queries of this process to the database, built if it is not there yet."""
    build(name, scale)
    connect(name)


def build(name: str, scale: Scale) -> None:
    """Copy and fill the database. Its statistics are fresh, so that plans are those of a database long in use."""
    if name in _built:
        return
    source, fill = SOURCES[name]
    if source != TEMPLATE:
        build(source, scale)
    close()
    _maintain(f"CREATE DATABASE {_database(name)} TEMPLATE {_database(source)}")
    connect(name)
    fill(scale)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _built.add(name)


def connect(name: str) -> None:
    close()
    connections.settings["default"]["NAME"] = _database(name)


def close() -> None:
    connections.close_all()


def _database(name: str) -> str:
    return f"bench_{name.replace('-', '_')}"


def _maintain(command: str, role: str = postgres.OWNER_ROLE) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(netloc=f"{role}@", path="/postgres").geturl()
    with closing(psycopg2.connect(address)) as server:
        server.autocommit = True
        server.cursor().execute(command)
