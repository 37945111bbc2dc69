"""Tests that the example client's copy equals the register of projects, also after the database was killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hunan_trade.testing.portal_processes import ROOT
from hunan_trade.testing.portal_with_own_database import PortalWithOwnDatabase, run_portal_with_own_database

pytestmark = pytest.mark.slow
CREATE_PROJECTS = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.regions import actions_load_reference_tables as regions
from projects.tests import factories
regions.load_regions()
reporter = cast.reporter(cast.CHANGSHA)
factories.saved(reporter, *[factories.project_values(cast.CHANGSHA) for _ in range(450)])
json.dump(cast.token(reporter)[1], __import__("sys").stdout)
"""
CHANGE_PROJECTS = """
import json
import django
django.setup()
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.lists import record_writing
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from projects.actions import save_projects
from projects.models import Project
from projects.tests import factories
reporter = User.objects.get(role=Role.CITY_REPORTER)
factories.saved(reporter, *[factories.project_values(reporter.region_id) for _ in range(5)])
first, second, *_ = Project.objects.order_by("pk")
factories.stepped_project(reporter, "sign")
change = RecordChange({"name": "改名的触控模组项目"}, first.pk, first.version)
(outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.EDITED)
assert not outcome.refused
record_writing.delete_records(
    Project.objects.all(), [RecordChange({}, second.pk, second.version)], listing="projects", by=reporter
)
json.dump(None, __import__("sys").stdout)
"""


def start_pull(portal: PortalWithOwnDatabase, token: str, copy: Path) -> subprocess.Popen[str]:
    program = str(ROOT / "docs" / "examples" / "pull_projects.py")
    command = [sys.executable, "-I", program, "--url", portal.processes.address, "--token", token, "--db", str(copy)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish_pull(client: subprocess.Popen[str]) -> str:
    printed, faults = client.communicate(timeout=300)
    assert client.returncode == 0, faults
    return printed


def rows_of_copy(copy: Path) -> dict[str, str]:
    query = "SELECT id, body FROM record WHERE register = 'projects'"
    with closing(sqlite3.connect(copy)) as database:
        return {id_: json.loads(body)["name"] for id_, body in database.execute(query)}


def test_the_copy_equals_the_register_although_the_database_was_killed(tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with run_portal_with_own_database(tmp_path) as portal:
        token = portal.run_python_and_parse_json(CREATE_PROJECTS)
        assert finish_pull(start_pull(portal, token, copy)) == "projects: 450\nproject-stages: 0\n"
        assert rows_of_copy(copy) == dict(portal.query_rows("SELECT code, name FROM projects_project"))

        portal.run_python_and_parse_json(CHANGE_PROJECTS)
        portal.kill_database(signal.SIGKILL)
        client = start_pull(portal, token, copy)
        with pytest.raises(subprocess.TimeoutExpired):
            client.wait(timeout=2)  # it asks again
        portal.pair.restart_dead_servers()
        assert finish_pull(client) == "projects: 455\nproject-stages: 1\n"
        assert rows_of_copy(copy) == dict(portal.query_rows("SELECT code, name FROM projects_project"))
