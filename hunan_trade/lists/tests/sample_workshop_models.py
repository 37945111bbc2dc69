"""Models for tests: workshops, which have a history, and stalls, which refer to parks.

`create_history_table` makes a temporary table of the test's transaction, without triggers: tests write the versions
themselves. `create_tables` makes the tables as a migration does, in a database of the test's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db import connection, models

from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.filters import ListFilterSet
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.history.history_trigger_migration_operation import track_history
from hunan_trade.lists.models import Record
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region
from hunan_trade.setup.database_owner import as_owner, grant_application_rights
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


WorkshopHistory = create_history_model(Workshop)


class WorkshopFilter(ListFilterSet):
    pass


WORKSHOPS = Listing(
    code="workshops",
    title="车间（试）",
    noun="个",
    see=Permission.SEE_FIGURES,
    rows=lambda: Workshop.objects.select_related("region"),
    columns=(field(Workshop, "name"), field(Workshop, "region")),
    filters=WorkshopFilter,
    ordering=("name",),
    reads=(Workshop, "regions_change"),
)


class Stall(models.Model):
    park = models.ForeignKey(Park, models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        app_label = "lists_tests"

    def __str__(self) -> str:
        return f"摊位 {self.pk}"


def create_tables() -> None:
    """Create the tables of workshops and their history with all triggers, and the regions they are in."""
    create_tracked_tables({"Workshop": (Workshop, WorkshopHistory)})


def create_tracked_tables(registers: Mapping[str, tuple[type[models.Model], type[models.Model]]]) -> None:
    """Create the tables of registers and their histories, by the registers' names, as migrations do."""
    regions.load_regions()
    known = {model._meta.object_name: model for pair in registers.values() for model in pair}
    state = SimpleNamespace(apps=SimpleNamespace(get_model=lambda _, name: known[name]))
    with as_owner():
        with connection.schema_editor() as editor:
            for name, (model, history) in registers.items():
                editor.create_model(model)
                editor.create_model(history)
                track_history(name).database_forwards("lists_tests", editor, state, state)
        grant_application_rights()


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
