"""The world of the write path: cities with 10,000 and 100,000 enterprises, and the workbook of each, rightly filled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.db import connection
from django.utils import timezone

from enterprises.models import Enterprise, Mode
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets, sheets
from hunan_trade.intake.actions import calendar
from hunan_trade.intake.models import Return
from hunan_trade.periods import Month
from scripts.bench.measuring import Scale

MONTH = Month(2013, 6)
LARGE, SMALL = "430100", "430200"  # 100,000 and 10,000 rows
SIZES = {LARGE: 100_000, SMALL: 10_000}


@dataclass(frozen=True)
class Staff:
    reporter: User
    lead: User
    officer: User


def build(scale: Scale) -> None:
    calendar.open_month(MONTH, by=System("bench"))
    for region, size in SIZES.items():
        people = staff(region)
        _register(region, scale.rows(size), people.reporter)


def staff(region: str) -> Staff:
    return Staff(
        person(f"r{region}", Role.CITY_REPORTER, region),
        person(f"l{region}", Role.CITY_LEAD, region),
        person("officer", Role.PROVINCE_OFFICER, None),
    )


def person(username: str, role: str, region: str | None) -> User:
    return User.objects.get_or_create(
        username=username,
        defaults={
            "name": username,
            "role": role,
            "region_id": region,
            "password_changed_at": timezone.now(),
            "must_change_password": False,
        },
    )[0]


def _register(region: str, count: int, by: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Enterprise._meta.db_table} (customs_code, name, region_id, modes, registered_by_id, registered_at)"
            " SELECT %s || lpad(n::text, 6, '0'), '演示加工企业' || n || '号有限公司', %s, ARRAY[%s], %s, now()"
            " FROM generate_series(1, %s) n",
            [region[:4], region, Mode.PURCHASED.value, by.pk, count],
        )


def return_of(region: str) -> Return:
    return Return.objects.with_region().get(region=region, month=MONTH.first)


def figures(at: int, shift: int = 0) -> tuple[str, str]:
    """Exports and imports in 万美元 of the enterprise at this place; another `shift`, all other figures."""
    return f"{1 + (at * 7919 + shift) % 9000 / 100:.2f}", f"{(at * 104729 + shift) % 5000 / 100:.2f}"


@cache
def workbook(region: str, shift: int = 0) -> bytes:
    """What the city would upload: the portal's own form with every row filled and a summary that agrees."""
    return filled(region, shift).workbook(version=1, demo=True)


def filled(region: str, shift: int = 0) -> sheets.Form:
    form = sheets.blank(return_of(region).region, MONTH)
    trade, summary = (form.known[dataset.code].rows for dataset in datasets.every())
    typed = {row.key: figures(at, shift) for at, row in enumerate(trade)}
    exports, imports = (sum(round(float(pair[at]) * 100) for pair in typed.values()) / 100 for at in (0, 1))
    totals = {"01": exports + imports, "02": exports, "03": imports, "04": exports, "05": imports, "06": 3, "08": 900}
    texts = {
        "processing_trade": {key: {"export": pair[0], "import": pair[1], "reason": ""} for key, pair in typed.items()},
        "city_summary": {
            row.key: {"month": f"{totals.get(row.key, 0):.2f}".removesuffix(".00"), "reason": ""} for row in summary
        },
    }
    return sheets.Form(form.region, MONTH, form.known, texts)
