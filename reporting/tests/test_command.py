"""manage.py report writes four files and stores nothing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hunan_trade.regions import actions as regions
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "stem"), [("monthly-bulletin", "2013-01"), ("quarterly-dispatch", "2013-03")])
def test_one_file_of_each_format(tmp_path, kind, stem):
    regions.load()
    out = StringIO()
    with factories.after(JANUARY):
        call_command("report", "--kind", kind, "--month", "2013-01", "--out", str(tmp_path), stdout=out)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{kind}-{stem}.{end}" for end in ("html", "docx", "pdf", "xlsx")
    }
    assert "sha256 " in out.getvalue()
    assert not Report.objects.exists()


def test_a_month_that_is_none_is_refused(tmp_path):
    with pytest.raises(CommandError, match="month 13"):
        call_command("report", "--kind", "monthly-bulletin", "--month", "2013-13", "--out", str(tmp_path))
