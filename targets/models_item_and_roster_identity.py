"""Tables that identify plan items and rosters across all versions of a year's plan.

Other apps point to an identity, never to the row of one version.
"""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission

Row = TypeVar("Row", bound=models.Model, covariant=True)


class PlanReaderQuerySet(models.QuerySet[Row]):
    """Base query set whose `visible_to` returns no rows for users without the permission SEE_PLAN."""

    def visible_to(self, user: User) -> Self:
        return self if user.may(Permission.SEE_PLAN) else self.none()


class ItemIdentity(models.Model):
    """A plan item independent of plan versions: each version's row of the item refers to the same identity.

    Number and title are those of the newest version that has the item.
    """

    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("条目")
    title = models.CharField("标题", max_length=200)
    in_force = models.BooleanField("现行", default=True)  # False: the newest version no longer has the item

    objects = PlanReaderQuerySet.as_manager()

    class Meta:
        app_label = "targets"
        verbose_name = "要点条目"
        ordering = ["-year", "number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100, number__gte=1), name="item_identity_year_and_number"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="item_identity_titled"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.number_text} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the URL of the plan item's page, or of the page of dropped items if a newer version dropped it."""
        if not self.in_force:
            return reverse("targets:dropped", args=[self.year])
        return reverse("targets:item", args=[self.year, self.number])

    @property
    def number_text(self) -> str:
        """The item's number in Chinese, such as 第21条, or 第21条（已撤下） for a dropped item."""
        return f"第{self.number}条{'' if self.in_force else '（已撤下）'}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """The texts by which a spreadsheet may refer to the item, such as 2013年第21条; none if it was dropped."""
        if not self.in_force:
            return ()
        short = (f"第{self.number}条", str(self.number)) if self.year == clock.today().year else ()
        return (f"{self.year}年第{self.number}条", *short)


class RosterIdentity(models.Model):
    """A roster (list of names) independent of plan versions: each version's row of the roster refers to it."""

    year = models.PositiveSmallIntegerField("年度")
    code = models.SlugField("编码", max_length=40)

    objects = PlanReaderQuerySet.as_manager()

    class Meta:
        app_label = "targets"
        verbose_name = "要点名单"
        ordering = ["year", "code"]
        constraints = [
            models.UniqueConstraint(fields=["year", "code"], name="roster_identity_code_once_a_year"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="roster_identity_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.code}"
