"""Tests the management command `manage.py report`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region, Unit
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "stem"), [("monthly-bulletin", "2013-01"), ("quarterly-dispatch", "2013-03")])
def test_the_command_writes_one_file_of_each_format_and_stores_nothing(tmp_path: Path, kind: str, stem: str) -> None:
    regions.load_regions()
    out = StringIO()
    with factories.clock_in_month_after(JANUARY):
        call_command("report", "--kind", kind, "--month", "2013-01", "--out", str(tmp_path), stdout=out)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{kind}-{stem}.{end}" for end in ("html", "docx", "pdf", "xlsx")
    }
    assert "sha256 " in out.getvalue()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("kind", "month", "told"),
    [
        ("monthly-bulletin", "2013-13", "“2013-13”不是月份"),
        ("monthly-bulletin", "0001-01", "“0001-01”不是月份"),
        ("monthly-bulletin", "2013-02", "2013年2月还没有结束"),
        ("weekly", "2013-01", "“weekly”不是报告种类，写 monthly-bulletin、quarterly-dispatch 之一"),
    ],
)
def test_a_wrong_kind_or_month_is_refused_with_a_chinese_sentence(
    tmp_path: Path, kind: str, month: str, told: str
) -> None:
    regions.load_regions()
    with factories.clock_in_month_after(JANUARY), pytest.raises(CommandError, match=told):
        call_command("report", "--kind", kind, "--month", month, "--out", str(tmp_path))


def test_on_an_empty_database_the_command_names_the_setup_command(tmp_path: Path) -> None:
    Unit.objects.all().delete()
    for below in ({"level__in": ["county", "functional"]}, {"level": "city"}, {}):
        Region.objects.filter(**below).delete()
    for command, asked in (("report", ["--kind", "monthly-bulletin"]), ("return_template", ["--city", "430100"])):
        with factories.clock_in_month_after(JANUARY), pytest.raises(CommandError, match=r"先执行 manage\.py setup"):
            call_command(command, *asked, "--month", "2013-01", "--out", str(tmp_path / "x"))


def test_an_unwritable_folder_is_refused_with_a_chinese_sentence(tmp_path: Path) -> None:
    regions.load_regions()
    file = tmp_path / "taken"
    file.touch()
    with (
        factories.clock_in_month_after(JANUARY),
        pytest.raises(CommandError, match=r"不能写入 .*：这是文件，要写文件夹"),
    ):
        call_command("report", "--kind", "monthly-bulletin", "--month", "2013-01", "--out", str(file))
