"""Table of the groups on the yearly Fortune 500 lists, which the province's office loads."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.regions.models_project_origins import SourcePlace

FIRST_YEAR, LAST_YEAR, LAST_RANK = 2000, 2100, 500


class FortuneGroupQuerySet(models.QuerySet["FortuneGroup"]):
    def visible_to(self, user: User) -> FortuneGroupQuerySet:
        """Return all Fortune 500 groups if the user may see business figures, otherwise an empty query set."""
        return self if user.may(Permission.SEE_FIGURES) else self.none()

    def years(self) -> list[int]:
        """Return the years whose Fortune 500 list is loaded, the newest first."""
        return list(self.order_by("-year").values_list("year", flat=True).distinct())


class FortuneGroup(Record):
    """A group on the Fortune 500 list of one year, with the other names that refer to it."""

    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    name = models.CharField("集团", max_length=80)
    other_names = models.CharField(
        "其他名称",
        max_length=200,
        blank=True,
        help_text="简称、译名、外文名，几个的用顿号分开；项目写哪一个都认作这家集团",
    )
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)
    source = models.ForeignKey(
        SourcePlace,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="国家和地区",
        limit_choices_to={"kind__in": ["country", "special"]},
        help_text="总部所在地；境内集团留空",
    )
    note = models.CharField("说明", max_length=120, blank=True)
    search_text = SearchTextField("name", "other_names")
    name_order = NameOrderField("name")

    objects = FortuneGroupQuerySet.as_manager()

    class Meta:
        verbose_name = "世界500强集团"
        ordering = ["-year", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "name"], name="fortunegroup_once_a_year"),
            models.CheckConstraint(condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)), name="fortunegroup_year_known"),
            models.CheckConstraint(
                condition=~Q(name=""), name="fortunegroup_named", violation_error_message="集团要有名称。"
            ),
            models.CheckConstraint(
                condition=Q(rank=None) | Q(rank__range=(1, LAST_RANK)),
                name="fortunegroup_rank_known",
                violation_error_message=f"名次在 1 到 {LAST_RANK} 之间。",
            ),
        ]
        indexes = [search_index("search_text", name="fortunegroup_search")]

    def __str__(self) -> str:
        return f"{self.year}年{self.name}"


FortuneGroupHistory = create_history_model(FortuneGroup)
