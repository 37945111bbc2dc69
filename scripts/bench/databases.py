"""Creates the benchmark databases as copies of one migrated database.

Each database is filled on first use.
"""

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
from scripts.bench import benchmark_data, enterprise_data, project_data
from scripts.bench.scale_factor import Scale

TEMPLATE = "template"
# Name → the database it is copied from, and what is added to it.
SOURCES: Mapping[str, tuple[str, Callable[[Scale], None]]] = {
    "downloads": (TEMPLATE, lambda scale: None),
    "returns": (TEMPLATE, benchmark_data.create_open_month_of_two_cities),
    "register": (TEMPLATE, lambda scale: None),
    "upsert": (TEMPLATE, benchmark_data.create_open_month_of_two_cities),
    "acceptance": (TEMPLATE, benchmark_data.create_year_before_open_month),
    "observations": (TEMPLATE, benchmark_data.create_often_corrected_observations),
    "figures": (TEMPLATE, lambda scale: benchmark_data.create_sixty_months(scale.row_count(20_000))),
    "figures-tenfold": (TEMPLATE, lambda scale: benchmark_data.create_sixty_months(scale.row_count(20_000) * 10)),
    "parks": (TEMPLATE, lambda scale: benchmark_data.create_changed_parks(scale.row_count(100_000))),
    "enterprises-tenth": (TEMPLATE, lambda scale: enterprise_data.create_enterprises(scale.row_count(10_000))),
    "enterprises": (TEMPLATE, lambda scale: enterprise_data.create_enterprises(scale.row_count(100_000))),
    "enterprises-tenfold": ("enterprises", lambda scale: enterprise_data.add_nine_copies_of_enterprises()),
    "projects-tenth": (TEMPLATE, lambda scale: project_data.create_projects(scale.row_count(10_000))),
    "projects": (TEMPLATE, lambda scale: project_data.create_projects(scale.row_count(100_000))),
    "projects-tenfold": ("projects", lambda scale: project_data.add_nine_copies_of_projects()),
    "demo": (TEMPLATE, benchmark_data.load_demo_year),
    "demo-crowded": ("projects", benchmark_data.add_enterprises_and_observations),
}
_created: set[str] = set()


def create_template() -> None:
    """Create the migrated database from which all benchmark databases are copied."""
    _execute_on_server(f"CREATE DATABASE {_database_name(TEMPLATE)}")
    _execute_on_server(
        f"GRANT SET ON PARAMETER session_replication_role TO {postgres.OWNER_ROLE}", role=postgres.SUPERUSER
    )
    connect(TEMPLATE)
    call_command("migrate", verbosity=0)
    reference_data.load_reference_tables()
    _created.add(TEMPLATE)


def switch_to(name: str, scale: Scale) -> None:
    """Connect this process to the named benchmark database, creating and filling it if needed."""
    create_and_fill(name, scale)
    connect(name)


def create_and_fill(name: str, scale: Scale) -> None:
    """Create and fill the named benchmark database if it does not exist yet."""
    if name in _created:
        return
    source, fill = SOURCES[name]
    if source != TEMPLATE:
        create_and_fill(source, scale)
    close_connections()
    _execute_on_server(f"CREATE DATABASE {_database_name(name)} TEMPLATE {_database_name(source)}")
    connect(name)
    fill(scale)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _created.add(name)


def connect(name: str) -> None:
    close_connections()
    connections.settings["default"]["NAME"] = _database_name(name)


def close_connections() -> None:
    connections.close_all()


def _database_name(name: str) -> str:
    return f"bench_{name.replace('-', '_')}"


def _execute_on_server(command: str, role: str = postgres.OWNER_ROLE) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(netloc=f"{role}@", path="/postgres").geturl()
    with closing(psycopg2.connect(address)) as server:
        server.autocommit = True
        server.cursor().execute(command)
