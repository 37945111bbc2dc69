"""Tests that nothing is half stored if a web process is killed while it stores a workbook."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import Row, Upload
from hunan_trade.intake.tests.return_requests_and_workbooks import form_workbook, workbook_bytes
from hunan_trade.intake.workbook_merge import ConflictChoices, Side
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase

NOON = clock.at(date(2013, 2, 4), 12)
ROOT = Path(__file__).resolve().parents[3]
# Everything is written and nothing committed when this process says so; it waits there for its end.
CONFIRMING = """
import django, sys, signal
django.setup()
from datetime import date
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit import actions_state_changes
from hunan_trade.intake.actions import filling
from hunan_trade.intake.workbook_merge import ConflictChoices, Side
def stand(*args, **kwargs):
    print("written", flush=True)
    signal.pause()
actions_state_changes.record = stand
with clock.frozen_at(clock.at(date(2013, 2, 4), 12)):
    person = User.objects.get(pk=sys.argv[3])
    filling.confirm_upload(sys.argv[1], sys.argv[2], by=person, choices=ConflictChoices(rest=Side.MINE))
"""


@pytest.mark.slow
def test_a_confirmation_killed_midway_changes_nothing_and_a_retry_succeeds(
    cloned_database: ClonedDatabase, settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path / "files"
    (tmp_path / "static").mkdir()
    with clock.frozen_at(NOON):
        reporter = cast.reporter()
        firm = return_factories.enterprise(reporter, name="清风电子")
        monthly_return = return_factories.opened("430100", Month(2013, 1))
        return_factories.filled(monthly_return, reporter, {firm.customs_code: ("7", "7")})
        book = form_workbook(monthly_return)
        book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = 100.25, 40
        for row, value in enumerate((140.25, 100.25, 40, 100.25, 40, 0, 0, 0, 0, 0, 0, 0), start=4):
            book["市州汇总"][f"E{row}"] = value
        sent = filling.receive_upload(monthly_return.pk, workbook_bytes(book), "一月.xlsx", by=reporter).upload
        before = list(Row.objects.order_by("pk").values())
        environment = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hunan_trade.settings"}
        command = [sys.executable, "-c", CONFIRMING, str(sent.pk), sent.file_id, str(reporter.pk)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as web:
            assert web.stdout is not None and web.stdout.readline() == b"written\n"
            web.send_signal(signal.SIGKILL)
        assert web.returncode == -signal.SIGKILL
        assert list(Row.objects.order_by("pk").values()) == before
        assert Upload.objects.get().confirmed_at is None and not Event.objects.filter(verb="return.imported").exists()
        filling.confirm_upload(sent.pk, sent.file_id, by=reporter, choices=ConflictChoices(rest=Side.MINE))
        assert Row.objects.get(key__endswith="进料加工").texts["export"] == "100.25"
        assert Event.objects.filter(verb="return.imported").count() == 1
