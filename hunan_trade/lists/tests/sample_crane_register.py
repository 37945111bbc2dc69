"""A register for tests, of cranes that have codes in their URLs, change their state and can be merged.

`create_cranes` makes its tables with all triggers, in a database of the test's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import include, path, reverse

from hunan_trade import urls
from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists import record_writing
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Editing, FieldGroup, Importing, Listing, Moves
from hunan_trade.lists.filters import ListFilterSet, RegionFilter
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Act, Record
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.lists.tests.sample_workshop_models import create_tracked_tables
from hunan_trade.lists.urls import list_urls
from hunan_trade.regions.models import Region
from hunan_trade.web.money_fields import WanField
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
    started_on = models.DateField("启用日期", null=True, blank=True)
    cost_cny = models.DecimalField("检修费", max_digits=17, decimal_places=2, null=True, blank=True)
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


CraneHistory = create_history_model(Crane)


class CraneFilter(ListFilterSet):
    city = RegionFilter()


def save_cranes(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    rows = Crane.objects.visible_to(by)
    return record_writing.write_changes(
        rows, changes, listing="cranes", by=by, kind=kind, reason=reason, reference=reference
    )


def _not_locked(crane: Any, by: Any) -> str | None:
    return "说明里写着封存，先改说明" if crane.note == "封存" else None


FLOW = Workflow(
    initial="idle",
    labels=dict(Crane.State.choices),
    field="state",
    moves={
        "start": Move(
            "启用", frozenset({"idle"}), "busy", Permission.REGISTER_ENTERPRISE, (_not_locked,), verb="crane.started"
        ),
        "stop": Move(
            "停用",
            frozenset({"busy"}),
            "idle",
            Permission.REGISTER_ENTERPRISE,
            verb="crane.stopped",
            needs_reason="写明为什么停用",
        ),
        "inspect": Move("检验", frozenset({"busy"}), "", Permission.ACCEPT_RETURN, verb="crane.inspected"),
    },
)


def move_crane(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    rows, given = Crane.objects.visible_to(by), _written_values(values)
    record_moves.move_one(rows, MOVES, name, pk, listing="cranes", by=by, seen=seen, reason=reason, values=given)


def move_cranes(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> Sequence[Outcome]:
    rows, given = Crane.objects.visible_to(by), _written_values(values)
    return record_moves.move_many(rows, MOVES, name, seen, listing="cranes", by=by, reason=reason, values=given)


def _written_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a move writes beside the state. Raises ValidationError for a day before the first cranes stood."""
    if (day := values.get("started_on")) and day < date(2000, 1, 1):
        raise ValidationError({"started_on": ["那时还没有起重机。"]})
    return {name: value for name, value in values.items() if name != "load"}


MOVES = Moves(
    FLOW,
    move_crane,
    by_person=frozenset({"inspect"}),
    fields={
        "start": {
            "started_on": forms.DateField(
                label="启用日期",
                help_text="实际启用的那一天。",
                widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            ),
            "load": forms.ChoiceField(label="负荷", choices=[("", "请选"), ("full", "满负荷"), ("half", "半负荷")]),
            "cost_cny": WanField(label="检修费", max_digits=20, decimal_places=2, min_value=0, required=False),
        }
    },
    bulk=("start", "stop"),
    make_many=move_cranes,
)


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
    moves=(MOVES,),
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
