"""A register of invented cranes for tests, whose addresses name a record by its code, and where records are merged.

`create_cranes` makes its tables with all triggers, in a database of the test's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.urls import include, path, reverse

from hunan_trade import urls
from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit import state_changes
from hunan_trade.lists import records
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Editing, FieldGroup, Importing, Listing, Moves
from hunan_trade.lists.filters import ListFilterSet, RegionFilter
from hunan_trade.lists.history.history_models import history_model
from hunan_trade.lists.models import Act, Record
from hunan_trade.lists.record_drafts import Outcome, RecordChange
from hunan_trade.lists.tests.workshops import create_tracked_tables
from hunan_trade.lists.urls import list_urls
from hunan_trade.regions.models import Region
from hunan_trade.workflow import Move, Workflow

CRANE_CODE = r"^[A-Z]{2}-[0-9]{4}$"


class CraneQuerySet(RegionScopedQuerySet["Crane"]):
    region_field = "city"


class Crane(Record):
    class State(models.TextChoices):
        IDLE = "idle", "停用"
        BUSY = "busy", "在用"

    code = models.CharField("编号", max_length=7, unique=True)
    name = models.CharField("名称", max_length=60)
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州", db_constraint=False)
    note = models.CharField("说明", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.IDLE)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="并入", db_constraint=False
    )

    objects = CraneQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "起重机"
        constraints = [models.CheckConstraint(condition=models.Q(code__regex=CRANE_CODE), name="crane_code")]

    def __str__(self) -> str:
        return self.name


CraneHistory = history_model(Crane)


class CraneFilter(ListFilterSet):
    city = RegionFilter()


def save_cranes(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    rows = Crane.objects.visible_to(by)
    return records.write(rows, changes, listing="cranes", by=by, kind=kind, reason=reason, reference=reference)


FLOW = Workflow(
    initial="idle",
    labels=dict(Crane.State.choices),
    field="state",
    moves={"start": Move("启用", frozenset({"idle"}), "busy", Permission.REGISTER_ENTERPRISE, verb="crane.started")},
)


@transaction.atomic
def move_crane(*, pk: int, name: str, by: User, seen: int | None, reason: str = "") -> object:
    return state_changes.move(Crane.objects.visible_to(by), pk, name, FLOW, by=by, seen=seen, reason=reason)


CRANES = Listing(
    code="cranes",
    title="起重机（试）",
    noun="台",
    see=Permission.SEE_FIGURES,
    rows=lambda: Crane.objects.select_related("city"),
    columns=(
        field(Crane, "name", link=lambda crane: reverse("cranes:detail", args=[crane.code])),
        field(Crane, "code"),
        field(Crane, "city", sort=("city",)),
        field(Crane, "note"),
        field(Crane, "state"),
    ),
    filters=CraneFilter,
    ordering=("name",),
    key="code",
    merged_into="merged_into",
    search=("name", "code"),
    editing=Editing(
        Permission.REGISTER_ENTERPRISE,
        save_cranes,
        (FieldGroup("基本情况", ("name", "code", "city", "note")),),
        bulk=("note",),
    ),
    importing=Importing(("name", "code", "city", "note"), keys=(("code",),)),
    moves=Moves(FLOW, move_crane),
    attachments=True,
    reads=(Crane, "regions_change"),
)


def create_cranes() -> None:
    """Create the tables of cranes and of their history, and the regions they are in."""
    create_tracked_tables({"Crane": (Crane, CraneHistory)})


def merge(loser: Crane, survivor: Crane, by: User) -> None:
    """Merge a crane into another one, as an act of its own."""
    loser.refresh_from_db()
    change = RecordChange({"merged_into": survivor.pk}, loser.pk, loser.version)
    (outcome,) = save_cranes(changes=[change], by=by, kind=Act.Kind.EDITED, reason="重复登记", reference="merger:1")
    assert not outcome.refused, outcome


def crane(code: str = "CS-0001", name: str = "桥式起重机", city: str = cast.CHANGSHA, **values: Any) -> Crane:
    """Create a crane."""
    made: Crane = Crane.objects.create(code=code, name=name, city_id=city, **values)
    return made


handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
urlpatterns = [
    *urls.urlpatterns,
    path("cranes/", include((list_urls(CRANES), "cranes"))),
    path("api/v1/", include(list_api_urls(CRANES))),
]
