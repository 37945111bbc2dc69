"""Table of the contacts with the investors of projects, which reporters and officers record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region


class ProjectContactQuerySet(RegionScopedQuerySet["ProjectContact"]):
    region_field = "city"


class ProjectContact(Record):
    """A contact with the investor of a project: the day, the person contacted, and what was said.

    Nobody changes or deletes it. `city` is the project's.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="contacts", verbose_name="项目")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    contacted_on = models.DateField("联系日期")
    person = models.CharField("联系对象", max_length=80)
    note = models.CharField("联系内容", max_length=500)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")

    objects = ProjectContactQuerySet.as_manager()

    class Meta:
        verbose_name = "项目联系记录"
        ordering = ["-contacted_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(person="") & ~Q(note=""), name="contact_told"),
        ]
        indexes = [models.Index(fields=["project", "-contacted_on"], name="contact_of_project")]

    def __str__(self) -> str:
        return f"{self.project} {self.contacted_on} 联系"


ProjectContactHistory = history_model(ProjectContact)
