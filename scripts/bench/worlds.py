"""Databases for the lines: each world is a copy of the migrated database with its own rows, built when first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
from django.core.management import call_command
from django.db import connection, connections

from hunan_trade.servers import postgres
from hunan_trade.setup import reference
from scripts.bench import facts, firms
from scripts.bench.measuring import Scale

TEMPLATE = "bench_template"
WORLDS: Mapping[str, Callable[[Scale], None]] = {
    "plain": lambda scale: None,
    "returns": firms.build,
    "upserts": firms.build,
    "signed": firms.build,
    "observations": lambda scale: facts.build_observations(1 if scale.quick else 11),
    "facts": lambda scale: facts.build(scale.rows(20_000)),
    "facts-tenfold": lambda scale: facts.build(scale.rows(200_000)),
}


def prepare() -> None:
    """The template: migrated, with the reference tables."""
    _maintain(f"CREATE DATABASE {TEMPLATE}")
    _maintain(f"GRANT SET ON PARAMETER session_replication_role TO {postgres.OWNER}", role=postgres.SUPERUSER)
    _enter(TEMPLATE)
    call_command("migrate", verbosity=0)
    reference.load()


class Worlds:
    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.built: set[str] = set()

    def enter(self, name: str) -> None:
        """All later queries go to this world; statistics are fresh, so that plans are those of a lived-in database."""
        database = f"bench_{name.replace('-', '_')}"
        if name in self.built:
            _enter(database)
            return
        connections.close_all()
        _maintain(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
        _enter(database)
        WORLDS[name](self.scale)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.built.add(name)


def _enter(database: str) -> None:
    connections.close_all()
    connections.settings["default"]["NAME"] = database


def _maintain(command: str, role: str = postgres.OWNER) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(netloc=f"{role}@", path="/postgres").geturl()
    with closing(psycopg2.connect(address)) as server:
        server.autocommit = True
        server.cursor().execute(command)
