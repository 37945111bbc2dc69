"""Fills the benchmark databases with users, enterprises, returns and figures."""

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
from scripts.bench.scale_factor import Scale

MONTH = Month(2013, 6)
FIRST_MONTH = Month(2008, 7)  # sixty months up to MONTH
LARGE, SMALL = "430100", "430200"  # cities with 100,000 and 10,000 enterprises


@dataclass(frozen=True)
class CityStaff:
    reporter: User
    lead: User
    province_officer: User


def create_open_month_of_two_cities(scale: Scale) -> None:
    opening.open_month(MONTH, by=System("bench"))
    for city, size in ((LARGE, 100_000), (SMALL, 10_000)):
        staff_of_city(city)
        insert_enterprises(scale.row_count(size), city)


def create_year_before_open_month(scale: Scale) -> None:
    """Create accepted returns of 300 rows from all cities for a year, and open the month after it.

    Each return has 300 rows.
    """
    first = Month(MONTH.year - 1, MONTH.month)
    insert_enterprises(scale.row_count(300) * 14)
    create_accepted_returns(first, MONTH.previous)
    create_observations(first, MONTH.previous)
    insert_trade_rows()
    opening.open_month(MONTH, by=System("bench"))


def create_often_corrected_observations(scale: Scale) -> None:
    """Create indicator values (observations) of sixty months, each in up to 11 corrected versions.

    These are over 100,000 rows at full scale.
    """
    create_observations(FIRST_MONTH, MONTH, versions=scale.row_count(11))


def create_sixty_months(enterprises: int) -> None:
    """Create sixty months of accepted returns and trade by `enterprises` enterprises.

    The enterprises are spread over all cities.
    """
    insert_enterprises(enterprises)
    create_accepted_returns(FIRST_MONTH, MONTH)
    create_observations(FIRST_MONTH, MONTH)
    insert_trade_rows()


def load_demo_year(scale: Scale) -> None:
    call_command("demo", stdout=io.StringIO())


def add_enterprises_and_observations(scale: Scale) -> None:
    """Add 20,000 enterprises with trade and 100,000 observations to the demo data."""
    insert_enterprises(scale.row_count(20_000))
    insert_trade_rows()
    create_observations(Month(2004, 1), Month(2011, 12), versions=scale.row_count(7))


def get_or_create_user(username: str, role: str, region: str | None) -> User:
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


def province_officer() -> User:
    return get_or_create_user("officer", Role.PROVINCE_OFFICER, None)


def staff_of_city(city: str) -> CityStaff:
    reporter = get_or_create_user(f"r{city}", Role.CITY_REPORTER, city)
    return CityStaff(reporter, get_or_create_user(f"l{city}", Role.CITY_LEAD, city), province_officer())


def return_of_city(city: str) -> MonthlyReturn:
    return MonthlyReturn.objects.with_region().get(region=city, month=MONTH.first)


def insert_enterprises(count: int, city: str = "") -> None:
    """Insert enterprises into the register of one city, or of all cities evenly if `city` is empty."""
    codes = [city] if city else list(Region.objects.cities().values_list("code", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Enterprise._meta.db_table}"
            " (customs_code, name, region_id, modes, registered_at)"
            " SELECT left(city, 4) || lpad(n::text, 6, '0'), '加工企业' || n || '号有限公司', city, ARRAY[%s], now()"
            " FROM generate_series(1, %s) n, LATERAL (SELECT (%s::text[])[1 + n %% %s]) of (city)",
            [Mode.PURCHASED.value, count, codes, len(codes)],
        )


def create_changed_parks(count: int) -> None:
    """Create parks, then change every second park and delete a few, in transactions of ten changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parks_park (name, city_id, kind, level, approved, as_of_2013, certainty, source, note)"
            " SELECT '园区' || n, (%s::text[])[1 + n %% 14], 'park', 'county', '2012-10', true, 'seen', '公报', ''"
            " FROM generate_series(1, %s) n",
            [list(Region.objects.cities().values_list("code", flat=True)), count],
        )
        cursor.execute(
            "DO $$ DECLARE key integer; BEGIN FOR key IN SELECT generate_series(1, max(id), 20) FROM parks_park LOOP"
            " UPDATE parks_park SET note = '改过' WHERE id BETWEEN key AND key + 19 AND id % 2 = 0;"
            " DELETE FROM parks_park WHERE id = key AND key % 100 = 1;"
            " COMMIT; END LOOP; END $$"
        )


def create_accepted_returns(first: Month, last: Month) -> None:
    """Create an accepted return of every city for each month from `first` to `last`."""
    returns = []
    for month in months_between(first, last):
        opens = clock.at(month.next.first, 8)
        times = {"opens_at": opens, "due_at": opens + timedelta(days=4), "locks_at": opens + timedelta(days=9)}
        sent = {"first_sent_at": opens + timedelta(days=1), "status": Status.ACCEPTED}
        returns += [MonthlyReturn(region=city, month=month.first, **times, **sent) for city in Region.objects.cities()]
    Round.objects.bulk_create(map(unsaved_accepted_round, MonthlyReturn.objects.bulk_create(returns)))


def unsaved_accepted_round(monthly_return: MonthlyReturn) -> Round:
    """Return an unsaved accepted submission (round) of a return, with an empty workbook file."""
    people = staff_of_city(LARGE)
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
        decided_by=people.province_officer,
        decided_at=monthly_return.due_at,
    )


def insert_trade_rows() -> None:
    """Insert trade rows of all accepted months for every enterprise that has no trade rows."""
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


def create_observations(first: Month, last: Month, versions: int = 1) -> None:
    """Create `versions` versions of the value (observation) of every reported indicator, city and month."""
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
