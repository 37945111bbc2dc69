"""A list of invented projects for tests of imports and of links to parks, with amounts in 万元, dates and stages.

Its table is a temporary one of the test's transaction, without triggers, and keeps no history.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Sum
from django.urls import include, path

from hunan_trade import quantities, urls
from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.industries.models import Industry
from hunan_trade.lists import column_kinds, record_writing
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import BelongsTo, Editing, FieldGroup, Importing, Listing, Summary
from hunan_trade.lists.filters import (
    ChoicesFilter,
    IndustryFilter,
    ListFilterSet,
    RegionFilter,
    SourcePlaceFilter,
)
from hunan_trade.lists.models import Act, Record
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.lists.urls import list_urls
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region, SourcePlace
from parks.models import Park


class VentureQuerySet(RegionScopedQuerySet["Venture"]):
    region_field = "city"


class Venture(Record):
    class Stage(models.TextChoices):
        SIGNED = "signed", "签约"
        BUILDING = "building", "落地"
        RUNNING = "running", "投产"

    class Line(models.TextChoices):
        PARTS = "parts", "零部件"
        TOOLS = "tools", "工装"
        CASES = "cases", "机壳"

    code = models.CharField("编号", max_length=20, unique=True, null=True, blank=True)  # unique
    name = models.CharField("项目", max_length=60)
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州", db_constraint=False)
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="行业", db_constraint=False
    )
    source = models.ForeignKey(
        SourcePlace, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="来源地", db_constraint=False
    )
    total_cny = models.DecimalField("总投资", max_digits=17, decimal_places=2, null=True, blank=True)
    contract_cny = models.DecimalField("合同内资", max_digits=17, decimal_places=2, null=True, blank=True)
    paid_in_cny = models.DecimalField("到位内资", max_digits=17, decimal_places=2, null=True, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    stage = models.CharField("阶段", max_length=10, choices=Stage, default=Stage.SIGNED)
    park = models.ForeignKey(
        Park, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="园区", db_constraint=False
    )
    lines = ArrayField(models.CharField(max_length=10, choices=Line), verbose_name="产品", default=list, blank=True)

    objects = VentureQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "项目"

    def __str__(self) -> str:
        return self.name


def _parks() -> list[tuple[str, str]]:
    return [(str(park.pk), park.name) for park in Park.objects.all()]


class VentureFilter(ListFilterSet):
    city = RegionFilter()
    park = ChoicesFilter(choices=_parks)
    industry = IndustryFilter(may_be_blank=True)
    source = SourcePlaceFilter(may_be_blank=True)


def save_ventures(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    rows = Venture.objects.visible_to(by)
    return record_writing.write_changes(
        rows, changes, listing="ventures", by=by, kind=kind, reason=reason, reference=reference
    )


def _total_in_words(ventures: VentureQuerySet) -> str:
    total = ventures.order_by().aggregate(total=Sum("total_cny"))["total"] or Decimal(0)
    return f"总投资 {quantities.format_with_commas(quantities.in_wan(total))} 万元"


VENTURES = Listing(
    code="ventures",
    title="项目（试）",
    noun="个",
    see=Permission.SEE_FIGURES,
    rows=lambda: Venture.objects.select_related("city", "park", "industry", "source"),
    columns=(
        field(Venture, "name", aliases=("项目名称", "名称")),
        field(Venture, "code", aliases=("项目编号",)),
        field(Venture, "city", aliases=("所在市州",)),
        field(Venture, "industry"),
        field(Venture, "source"),
        field(Venture, "total_cny", kind=column_kinds.WAN_CNY),
        field(Venture, "contract_cny", kind=column_kinds.WAN_CNY, aliases=("合同引资",)),
        field(Venture, "paid_in_cny", kind=column_kinds.WAN_CNY, aliases=("累计到位",)),
        field(Venture, "signed_on", aliases=("签约时间",)),
        field(Venture, "stage", aliases=("进展情况",)),
        field(Venture, "park", source="park.name"),
        field(Venture, "lines"),
    ),
    filters=VentureFilter,
    ordering=("name",),
    search=("name",),
    summary=Summary(("total_cny",), _total_in_words),
    belongs_to=(BelongsTo(Park, "park", "park", title="园内项目（试）", shown=3),),
    editing=Editing(
        Permission.REGISTER_ENTERPRISE,
        save_ventures,
        (
            FieldGroup(
                "基本情况", ("name", "code", "city", "industry", "source", "stage", "signed_on", "total_cny", "lines")
            ),
        ),
        bulk=("stage", "signed_on", "total_cny", "lines"),
    ),
    importing=Importing(
        (
            "name",
            "code",
            "city",
            "industry",
            "source",
            "total_cny",
            "contract_cny",
            "paid_in_cny",
            "signed_on",
            "stage",
        ),
        keys=(("code",), ("name", "city")),
    ),
)


def create_ventures_table() -> None:
    """Create the table of ventures, which goes with the transaction, and the regions they are in."""
    regions.load_regions()
    with connection.schema_editor(atomic=False) as editor:
        editor.sql_create_table = f"{editor.sql_create_table} ON COMMIT DROP".replace("TABLE", "TEMPORARY TABLE")
        editor.create_model(Venture)


handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
urlpatterns = [
    *urls.urlpatterns,
    path("ventures/", include((list_urls(VENTURES), "ventures"))),
    path("api/v1/", include(list_api_urls(VENTURES))),
]
