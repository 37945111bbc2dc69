"""Models of enterprises, of their accepted monthly processing trade, and of its replaced versions."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import RegexValidator
from django.db import models

from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.intake.models import Round
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.text_cleaning import normal_form_for_comparison

CUSTOMS_CODE = r"^[0-9A-Z]{10}$"


class Mode(models.TextChoices):
    """Customs mode of processing trade: with purchased materials (进料加工) or with supplied ones (来料加工)."""

    PURCHASED = "进料加工", "进料加工"
    SUPPLIED = "来料加工", "来料加工"


class IndicatorCode(models.TextChoices):
    """Codes of the two indicators that are summed from accepted processing trade: exports and imports."""

    EXPORT = "enterprises.processing_trade_export", "加工贸易出口"
    IMPORT = "enterprises.processing_trade_import", "加工贸易进口"


class CustomsCodeField(models.CharField):  # type: ignore[type-arg]  # Django's class takes none
    """Model field for ten-character customs codes; converts input to half-width capitals without spaces."""

    default_validators = [RegexValidator(CUSTOMS_CODE, "海关编码是十位数字或字母，核对报关单后填写。")]

    def to_python(self, value: Any) -> Any:
        read = super().to_python(value)
        return normal_form_for_comparison(read).upper() if isinstance(read, str) else read


class EnterpriseQuerySet(RegionScopedQuerySet["Enterprise"]):
    def of_city(self, code: str) -> EnterpriseQuerySet:
        return self.filter(region=code)


class Enterprise(Record):
    customs_code = CustomsCodeField(
        "海关编码", max_length=10, unique=True, help_text="十位，报关单上的收发货人编码，前四位为所在市州。"
    )
    name = models.CharField("企业名称", max_length=120)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", verbose_name="市州", limit_choices_to={"level": "city"}
    )
    county = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="县市区",
        limit_choices_to={"level__in": ["county", "functional"]},
    )
    modes = ArrayField(models.CharField(max_length=4, choices=Mode), verbose_name="贸易方式")
    registered_at = models.DateTimeField("登记时间", editable=False)
    closed_on = models.DateField("停报日期", null=True, blank=True, help_text="这一天及以后开始的月份不再列入月报。")
    search_text = SearchTextField("name", "customs_code")
    name_order = NameOrderField("name")

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = "企业"
        ordering = ["customs_code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customs_code__regex=CUSTOMS_CODE), name="enterprise_customs_code"
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""), name="enterprise_has_name", violation_error_message="企业要有名称。"
            ),
            models.CheckConstraint(
                condition=models.Q(modes__len__gte=1),
                name="enterprise_has_mode",
                violation_error_message="至少选一种贸易方式。",
            ),
        ]
        indexes = [
            search_index("search_text", name="enterprise_search"),
            models.Index(fields=["region", "customs_code"], name="enterprise_by_city"),
        ]

    def __str__(self) -> str:
        return self.name


EnterpriseHistory = create_history_model(Enterprise)


class ProcessingTradeQuerySet(RegionScopedQuerySet["ProcessingTrade"]):
    region_field = "enterprise__region"

    def of_city(self, code: str) -> ProcessingTradeQuerySet:
        return self.filter(enterprise__region=code)

    def between(self, first: Month, last: Month) -> ProcessingTradeQuerySet:
        return self.filter(month__range=(first.first, last.first))


class ProcessingTrade(models.Model):
    """Accepted exports and imports of one enterprise in one month and trade mode, in dollars.

    One row for each; earlier versions are in ReplacedTrade.
    """

    # No index holds what an acceptance changes, so that changed rows stay on their page and leave every index alone.
    pk = models.CompositePrimaryKey("enterprise_id", "month", "mode")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+", verbose_name="企业", db_index=False)
    month = models.DateField("月份")
    mode = models.CharField("贸易方式", max_length=4, choices=Mode)
    export_usd = models.DecimalField("出口", max_digits=17, decimal_places=2)
    import_usd = models.DecimalField("进口", max_digits=17, decimal_places=2)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", verbose_name="轮次", db_index=False)
    row_number = models.PositiveIntegerField("表内行号")  # in the round's workbook

    objects = ProcessingTradeQuerySet.as_manager()

    class Meta:
        verbose_name = "加工贸易月度数"
        constraints = [
            models.CheckConstraint(condition=models.Q(month__day=1), name="trade_month_is_first_day"),
            models.CheckConstraint(condition=models.Q(export_usd__gte=0, import_usd__gte=0), name="trade_not_negative"),
            models.CheckConstraint(condition=models.Q(mode__in=Mode.values), name="trade_mode_known"),
        ]
        indexes = [BrinIndex(fields=["month"], name="trade_month_brin", autosummarize=True)]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.month:%Y-%m} {self.mode}"


class ReplacedTrade(models.Model):
    """A former `ProcessingTrade` row that a later accepted return of the city changed or left out."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+")
    month = models.DateField()
    mode = models.CharField(max_length=4, choices=Mode)
    export_usd = models.DecimalField(max_digits=17, decimal_places=2)
    import_usd = models.DecimalField(max_digits=17, decimal_places=2)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    row_number = models.PositiveIntegerField()
    replaced_by = models.ForeignKey(Round, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "加工贸易历史版本"
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "month", "mode", "round"], name="replaced_once_a_round"),
            models.CheckConstraint(
                condition=~models.Q(round=models.F("replaced_by")), name="replaced_by_another_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.month:%Y-%m} {self.mode}"
