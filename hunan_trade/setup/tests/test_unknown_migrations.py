"""Tests that the portal refuses a database with migrations of another release."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from hunan_trade.setup.database_owner import as_owner


@pytest.mark.parametrize("command", ["migrate", "demo"])
def test_a_database_of_another_release_is_refused_in_one_sentence_and_not_touched(
    command: str, cloned_database: object
) -> None:
    recorder = MigrationRecorder(connection)
    with as_owner():
        recorder.record_applied("intake", "0003_return_nil_reason")
        before = recorder.applied_migrations().keys()
    with pytest.raises(CommandError, match=r"由别的版本建立.*没有改动.*DATA_DIR"):
        call_command(command, verbosity=0)
    with as_owner():
        assert recorder.applied_migrations().keys() == before
