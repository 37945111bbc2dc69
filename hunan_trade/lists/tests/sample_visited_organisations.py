"""Models for tests: organisations, which a city sees only if it has visited them, and the visits."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Listing, SightLink
from hunan_trade.lists.filters import ListFilterSet
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.tests.sample_workshop_models import create_tracked_tables
from hunan_trade.regions.models import Region


class BodyQuerySet(models.QuerySet["Body"]):
    def visible_to(self, user: User) -> BodyQuerySet:
        """Filter to all bodies for the province, for others to those that they visited."""
        visits = Visit.objects.visible_to(user).filter(body=OuterRef("pk"))
        return self if user.is_province else self.filter(Exists(visits))


class Body(Record):
    name = models.CharField("名称", max_length=60)

    objects = BodyQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.name


class VisitQuerySet(RegionScopedQuerySet["Visit"]):
    pass


class Visit(Record):
    body = models.ForeignKey(Body, models.CASCADE, related_name="+", db_constraint=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州", db_constraint=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "走访"

    def __str__(self) -> str:
        return f"走访 {self.pk}"


BodyHistory, VisitHistory = create_history_model(Body), create_history_model(Visit)


class BodyFilter(ListFilterSet):
    pass


BODIES = Listing(
    code="bodies",
    title="单位（试）",
    noun="个",
    see=Permission.SEE_FIGURES,
    rows=lambda: Body.objects.all(),
    columns=(field(Body, "name"),),
    filters=BodyFilter,
    ordering=("name",),
    seen_through=(SightLink(Visit, "body"),),
)


def create_tables() -> None:
    """Create the tables of bodies, visits and their histories with all triggers, and the regions."""
    create_tracked_tables({"Body": (Body, BodyHistory), "Visit": (Visit, VisitHistory)})
