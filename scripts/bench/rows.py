"""What the databases are filled with: people, registers of enterprises, accepted months and their figures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.files.models import StoredFile
from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.actions import opening
from hunan_trade.intake.models import MonthlyReturn, Round, Status
from hunan_trade.periods import Month, months_between
from hunan_trade.regions.models import Region
from scripts.bench.scale import Scale

MONTH = Month(2013, 6)
FIRST = Month(2008, 7)  # sixty months up to MONTH
LARGE, SMALL = "430100", "430200"  # cities with 100,000 and 10,000 enterprises


@dataclass(frozen=True)
class Staff:
    reporter: User
    lead: User
    officer: User


def open_month_of_two_cities(scale: Scale) -> None:
    opening.open_month(MONTH, by=System("bench"))
    for city, size in ((LARGE, 100_000), (SMALL, 10_000)):
        staff(city)
        register(scale.rows(size), city)


def year_before_an_open_month(scale: Scale) -> None:
    """A year of accepted returns of 300 rows from each of the fourteen cities, and the next month open."""
    first = Month(MONTH.year - 1, MONTH.month)
    register(scale.rows(300) * 14)
    accepted_returns(first, MONTH.previous)
    observations(first, MONTH.previous)
    trade()
    opening.open_month(MONTH, by=System("bench"))


def observations_corrected_often(scale: Scale) -> None:
    """More than 100,000 observations of sixty months."""
    observations(FIRST, MONTH, versions=scale.rows(11))


def sixty_months(enterprises: int) -> None:
    """Every city reported every month; each enterprise belongs to one of the fourteen and traded each month."""
    register(enterprises)
    accepted_returns(FIRST, MONTH)
    observations(FIRST, MONTH)
    trade()


def demo_year(scale: Scale) -> None:
    call_command("demo", stdout=io.StringIO())


def crowd(scale: Scale) -> None:
    """20,000 more enterprises that traded in every accepted month, and 100,000 observations of the years before."""
    register(scale.rows(20_000))
    trade()
    observations(Month(2004, 1), Month(2011, 12), versions=scale.rows(7))


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


def officer() -> User:
    return person("officer", Role.PROVINCE_OFFICER, None)


def staff(city: str) -> Staff:
    reporter = person(f"r{city}", Role.CITY_REPORTER, city)
    return Staff(reporter, person(f"l{city}", Role.CITY_LEAD, city), officer())


def return_of(city: str) -> MonthlyReturn:
    return MonthlyReturn.objects.with_region().get(region=city, month=MONTH.first)


def register(count: int, city: str = "") -> None:
    """Add enterprises to this city's register, or by turns to those of the fourteen."""
    codes = [city] if city else list(Region.objects.cities().values_list("code", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Enterprise._meta.db_table}"
            " (customs_code, name, region_id, modes, registered_by_id, registered_at)"
            " SELECT left(city, 4) || lpad(n::text, 6, '0'), '加工企业' || n || '号有限公司', city, ARRAY[%s], %s, now()"
            " FROM generate_series(1, %s) n, LATERAL (SELECT (%s::text[])[1 + n %% %s]) of (city)",
            [Mode.PURCHASED.value, officer().pk, count, codes, len(codes)],
        )


def accepted_returns(first: Month, last: Month) -> None:
    """A return with one accepted round for each city and month."""
    returns = []
    for month in months_between(first, last):
        opens = clock.at(month.next.first, 8)
        times = {"opens_at": opens, "due_at": opens + timedelta(days=4), "locks_at": opens + timedelta(days=9)}
        sent = {"first_sent_at": opens + timedelta(days=1), "status": Status.ACCEPTED}
        returns += [MonthlyReturn(region=city, month=month.first, **times, **sent) for city in Region.objects.cities()]
    Round.objects.bulk_create(map(accepted_round, MonthlyReturn.objects.bulk_create(returns)))


def accepted_round(monthly_return: MonthlyReturn) -> Round:
    """An unsaved round; its workbook is one empty file for all."""
    people = staff(LARGE)
    return Round(
        monthly_return=monthly_return,
        number=1,
        receipt=f"{monthly_return.period}-{monthly_return.region_id}-1",
        workbook=StoredFile.objects.get_or_create(
            sha256="0" * 64, defaults={"size": 0, "content_type": "application/octet-stream"}
        )[0],
        filled_by=people.reporter,
        handed_up_at=monthly_return.opens_at,
        signed_by=people.lead,
        sent_at=monthly_return.opens_at + timedelta(days=1),
        decision=Round.Decision.ACCEPTED,
        decided_by=people.officer,
        decided_at=monthly_return.due_at,
    )


def trade() -> None:
    """A fact for each enterprise without any, in each month that its city had accepted."""
    table = ProcessingTrade._meta.db_table
    with connection.cursor() as cursor:
        # For millions of rows that are right, checking foreign keys and keeping an index one by one takes minutes.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
        cursor.execute(
            f"INSERT INTO {table}"
            " (enterprise_id, month, mode, export_usd, import_usd, round_id, row_number)"
            " SELECT e.id, o.month, %s, 10000 + (e.id * 7919 + o.id * 13) %% 9000000, (e.id * 104729 + o.id) %% 5000000,"
            " o.id, 4 + e.id"
            " FROM (SELECT max(o.id) AS id, r.month, r.region_id"
            f" FROM {Round._meta.db_table} o JOIN {MonthlyReturn._meta.db_table} r ON r.id = o.monthly_return_id"
            " WHERE o.decision = %s GROUP BY r.id) o"
            f" JOIN {Enterprise._meta.db_table} e ON e.region_id = o.region_id"
            f" WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.enterprise_id = e.id)"
            " ORDER BY o.month, e.id",
            [Mode.PURCHASED.value, Round.Decision.ACCEPTED.value],
        )
        cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (enterprise_id, month, mode)")
        cursor.execute("SET session_replication_role = origin")


def observations(first: Month, last: Month, versions: int = 1) -> None:
    """Every indicator that a return carries, of every city and month, corrected `versions` - 1 times."""
    codes = [indicator.code for indicator in registry.declared() if not (indicator.parts or indicator.measure)]
    Observation.objects.bulk_create(
        (
            Observation(
                indicator=code,
                region=city,
                month=month.first,
                source=registry.Source.RETURN,
                version=version,
                value=1000 * (1 + (at * 7919 + month.month * 31 + int(city.code)) % 90_000),
                known_at=clock.at(month.next.first, 9),
                reason="" if version == 1 else "更正",
            )
            for at, code in enumerate(codes)
            for city in Region.objects.cities()
            for month in months_between(first, last)
            for version in range(1, versions + 1)
        ),
        batch_size=5000,
    )
