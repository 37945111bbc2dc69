"""Table of the contacts with the investors of projects, which reporters and officers record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from projects.choices import EntryState

CONTACT_STATES = [(state.value, str(state.label)) for state in (EntryState.VALID, EntryState.VOID)]


class ProjectContactQuerySet(RegionScopedQuerySet["ProjectContact"]):
    region_field = "city"

    def valid(self) -> ProjectContactQuerySet:
        """Filter to the contacts that have not been voided."""
        return self.filter(state=EntryState.VALID)


class ProjectContact(Record):
    """A contact with the investor of a project: the day, the person contacted, and what was said.

    Nobody changes or deletes it; a wrong one is voided and stays. `city` is the project's.
    """

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="contacts", verbose_name="项目")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    contacted_on = models.DateField("联系日期")
    person = models.CharField("联系对象", max_length=80)
    note = models.CharField("联系内容", max_length=500)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")
    state = models.CharField("状态", max_length=20, choices=CONTACT_STATES, default=EntryState.VALID)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="作废人")
    voided_at = models.DateTimeField("作废时间", null=True)
    void_reason = models.CharField("作废原因", max_length=500, blank=True)

    objects = ProjectContactQuerySet.as_manager()

    class Meta:
        verbose_name = "项目联系记录"
        ordering = ["-contacted_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(person="") & ~Q(note=""), name="contact_told"),
            models.CheckConstraint(
                condition=Q(state=EntryState.VALID, voided_by=None, voided_at=None, void_reason="")
                | Q(state=EntryState.VOID, voided_by__isnull=False, voided_at__isnull=False) & ~Q(void_reason=""),
                name="contact_voided_whole",
            ),
        ]
        indexes = [models.Index(fields=["project", "-contacted_on"], name="contact_of_project")]

    def __str__(self) -> str:
        return f"{self.project} {self.contacted_on} 联系"


ProjectContactHistory = create_history_model(ProjectContact)
