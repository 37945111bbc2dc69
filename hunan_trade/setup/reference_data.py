"""Loads the reference tables at the first start, such as regions, industries and the work plan of 2013."""

from django.db import connection, transaction

from events.actions import load_events
from hunan_trade.audit.actions import System
from hunan_trade.industries.actions_load_industries import load_industries
from hunan_trade.regions import actions_load_reference_tables as regions
from parks.actions import load_parks
from targets.actions import load_plan_2013

SETUP = System("系统设置")
LOCK_KEY = 7_310_020_130_709  # advisory lock: of several machines that start at once, one fills an empty portal


@transaction.atomic
def load_reference_tables() -> None:
    """Load the reference data, such as regions and parks, that the database lacks; other processes wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    regions.load_regions()
    regions.load_source_places()
    load_industries()
    load_plan_2013(by=SETUP)
    load_parks(by=SETUP)
    load_events(by=SETUP)
