"""Models of the tests alone: workshops of a city, which keep a history, and stalls, which point to parks.

Their tables are temporary ones of the test's transaction, without triggers: tests write the versions themselves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models

from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history_models import history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from parks.models import Park


class WorkshopQuerySet(RegionScopedQuerySet["Workshop"]):
    pass


class Workshop(Record):
    name = models.CharField("名称", max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州", db_constraint=False)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "车间"

    def __str__(self) -> str:
        return self.name


WorkshopHistory = history_model(Workshop)


class Stall(models.Model):
    park = models.ForeignKey(Park, models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        app_label = "lists_tests"

    def __str__(self) -> str:
        return f"摊位 {self.pk}"


def create_history_table() -> None:
    """Create the table of workshops' versions, which goes with the transaction; a record may have several."""
    with connection.schema_editor(atomic=False) as editor:
        editor.sql_create_table = f"{editor.sql_create_table} ON COMMIT DROP".replace("TABLE", "TEMPORARY TABLE")
        editor.create_model(WorkshopHistory)
        editor.execute("ALTER TABLE lists_tests_workshophistory DROP CONSTRAINT lists_tests_workshophistory_pkey")


def add_version(key: int, number: int, region: str, begin: datetime, end: datetime | None, **more: Any) -> None:
    """Add a version of a workshop."""
    WorkshopHistory.objects.bulk_create(
        [
            WorkshopHistory(
                id=key,
                version=number,
                changed_xid=1,
                name=f"车间{key}",
                region_id=region,
                valid_from=begin,
                valid_to=end,
                **more,
            )
        ]
    )
