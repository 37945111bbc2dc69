"""A list of firms for tests, with fields of every kind and a column that needs its own permission.

Its table is a temporary one of the test's transaction, for the application's role owns no place for tables.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Listing, View
from hunan_trade.lists.filters import (
    AmountFilter,
    ChoicesFilter,
    DaysFilter,
    FilledFilter,
    ListFilterSet,
    PersonFilter,
    RegionFilter,
)
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region

OF_THE_PROVINCE = Permission.ACCEPT_RETURN  # a right that no city has


class FirmQuerySet(RegionScopedQuerySet["Firm"]):
    region_field = "city"


class Firm(models.Model):
    class Kind(models.TextChoices):
        ASSEMBLY = "assembly", "组装"
        PARTS = "parts", "零部件"
        SERVICE = "service", "服务"

    code = models.CharField("编号", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州", db_constraint=False)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", verbose_name="所在地", db_constraint=False
    )
    kind = models.CharField("类型", max_length=10, choices=Kind, blank=True)
    lines = ArrayField(models.CharField(max_length=10, choices=Kind), verbose_name="业务", default=list)
    note = models.CharField("说明", max_length=60, null=True, blank=True)  # noqa: DJ001  # both blanks, to be one
    capital_usd = models.DecimalField("合同额", max_digits=17, decimal_places=2, null=True)
    signed_on = models.DateField("签约日期", null=True)
    seen_at = models.DateTimeField("走访时间", null=True)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="联系人", db_constraint=False
    )
    phone = models.CharField("电话", max_length=20, blank=True)
    search_text = SearchTextField("name", "code")
    name_order = NameOrderField("name")

    objects = FirmQuerySet.as_manager()

    class Meta:
        app_label = "lists_tests"
        verbose_name = "企业"
        indexes = [search_index("search_text", name="firm_search")]

    def __str__(self) -> str:
        return self.name


class FirmFilter(ListFilterSet):
    city = RegionFilter()
    region = RegionFilter(may_be_blank=True)
    kind = ChoicesFilter(may_be_blank=True)
    lines = ChoicesFilter(may_be_blank=True)
    note = FilledFilter()
    capital_usd = AmountFilter(unit="万美元", factor=10_000)
    signed_on = DaysFilter()
    seen_at = DaysFilter()
    owner = PersonFilter(may_be_blank=True)
    phone = FilledFilter()


FIRMS = Listing(
    code="firms",
    title="企业（试）",
    noun="家",
    see=Permission.SEE_FIGURES,
    rows=lambda: Firm.objects.select_related("city", "region", "owner"),
    columns=(
        field(Firm, "name", sort=("name_order",)),
        field(Firm, "code", kind=column_kinds.CODE),
        field(Firm, "city", sort=("city",)),
        field(Firm, "kind"),
        field(Firm, "capital_usd", kind=column_kinds.WAN_USD),
        field(Firm, "signed_on"),
        field(Firm, "note", default=False),
        field(Firm, "phone", see=OF_THE_PROVINCE),
    ),
    filters=FirmFilter,
    ordering=("name_order",),
    search=("name", "code", "phone"),
    views=(View("本市", "city=own", of_cities=True), View("大额", "capital_usd_min=300")),
)


def create_table() -> None:
    """Create the table of firms, which goes with the transaction, and the regions they are in."""
    regions.load_regions()
    with connection.schema_editor(atomic=False) as editor:
        editor.sql_create_table = f"{editor.sql_create_table} ON COMMIT DROP".replace("TABLE", "TEMPORARY TABLE")
        editor.create_model(Firm)


def firm(name: str, code: str = "", **fields: Any) -> Firm:
    """Create a firm of Changsha unless another city is named."""
    number = Firm.objects.count() + 1
    created: Firm = Firm.objects.create(name=name, code=code or f"T-{number:04}", **{"city_id": "430100", **fields})
    return created
