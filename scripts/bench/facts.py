"""The world of the read path: sixty months of accepted facts and observations, made inside PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade import clock
from hunan_trade.files.models import StoredFile
from hunan_trade.indicators import registry
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import Return, Round, Status
from hunan_trade.periods import Month, months_between
from hunan_trade.regions.models import Region
from scripts.bench.firms import MONTH, person, staff

FIRST = Month(2008, 7)  # sixty months up to MONTH


def build(enterprises: int) -> None:
    """Every city reported every month; each enterprise belongs to one of the fourteen and trades each month."""
    _rounds()
    _observations(versions=1)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # rows that are right need no check each
        cursor.execute(
            f"INSERT INTO {Enterprise._meta.db_table}"
            " (customs_code, name, region_id, modes, registered_by_id, registered_at)"
            " SELECT lpad(n::text, 10, '0'), '演示加工企业' || n || '号有限公司', cities[1 + n %% 14], ARRAY[%s], %s, now()"
            " FROM generate_series(1, %s) n, (SELECT array_agg(code ORDER BY code) AS cities FROM regions_region"
            " WHERE level = %s) listed",
            [Mode.PURCHASED.value, person("registrar", "", None).pk, enterprises, Region.Level.CITY],
        )
        cursor.execute(
            f"INSERT INTO {ProcessingTrade._meta.db_table}"
            " (enterprise_id, month, mode, export_usd, import_usd, round_id, row_number)"
            " SELECT e.id, r.month, %s, 10000 + (e.id * 7919 + r.id * 13) %% 9000000, (e.id * 104729 + r.id) %% 5000000,"
            " o.id, 4 + e.id"
            f" FROM {Round._meta.db_table} o JOIN {Return._meta.db_table} r ON r.id = o.return_id"
            f" JOIN {Enterprise._meta.db_table} e ON e.region_id = r.region_id ORDER BY r.month, e.id",
            [Mode.PURCHASED.value],
        )
        cursor.execute("SET session_replication_role = origin")


def build_observations(versions: int) -> None:
    """Nothing but observations, each corrected so often that they are many."""
    staff("430100")
    _observations(versions)


def _rounds() -> None:
    people = staff("430100")
    file = StoredFile.objects.create(sha256="0" * 64, size=0, content_type="application/octet-stream")
    returns = []
    for month in months_between(FIRST, MONTH):
        opens = clock.at(month.next.first, 8)
        times = {"opens_at": opens, "due_at": opens + timedelta(days=4), "locks_at": opens + timedelta(days=9)}
        sent = {"first_sent_at": opens + timedelta(days=1), "status": Status.ACCEPTED}
        returns += [Return(region=city, month=month.first, **times, **sent) for city in Region.objects.cities()]
    Round.objects.bulk_create(
        Round(
            return_ref=return_,
            number=1,
            receipt=f"{return_.period}-{return_.region_id}-1",
            workbook=file,
            filled_by=people.reporter,
            handed_up_at=return_.opens_at,
            signed_by=people.lead,
            sent_at=return_.opens_at + timedelta(days=1),
            decision=Round.Decision.ACCEPTED,
            decided_by=people.officer,
            decided_at=return_.due_at,
        )
        for return_ in Return.objects.bulk_create(returns)
    )


def _observations(versions: int) -> None:
    codes = [indicator.code for indicator in registry.every() if not (indicator.parts or indicator.measure)]
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
            for month in months_between(FIRST, MONTH)
            for version in range(1, versions + 1)
        ),
        batch_size=5000,
    )
