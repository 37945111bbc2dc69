"""Declares the list of contacts with the investors of projects."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing, Parts, RecordTop, View
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from projects.contact_log.actions import CONTACT_VOIDING
from projects.contact_log.models import ProjectContact
from projects.models import Project


class ProjectContactFilter(ListFilterSet):
    city = RegionFilter()
    state = ChoicesFilter()
    contacted_on = DaysFilter()
    entered_at = DaysFilter()


ABOUT_CONTACT = (
    field(
        ProjectContact,
        "contacted_on",
        link=lambda contact: reverse("project-contacts:detail", args=[contact.pk]),
    ),
    field(ProjectContact, "person", sort=(), see=Permission.SEE_CONTACTS),
    field(ProjectContact, "note", sort=()),
    Column("entered_by", "登记人", column_kinds.CODE, source="entered_by.name", sort=("entered_by__name",)),
    field(ProjectContact, "entered_at"),
    field(ProjectContact, "state"),
    field(ProjectContact, "void_reason", sort=(), default=False),
    Column("voided_by", "作废人", column_kinds.CODE, source="voided_by.name", default=False),
    field(ProjectContact, "voided_at", default=False),
)

PROJECT_CONTACTS = Listing(
    code="project-contacts",
    title="项目联系记录",
    noun="次",
    see=Permission.SEE_FIGURES,
    rows=lambda: ProjectContact.objects.select_related("project", "city", "entered_by", "voided_by"),
    columns=(
        Column(
            "project",
            "项目",
            source="project.name",
            sort=("project__name_order",),
            link=lambda contact: reverse("projects:detail", args=[contact.project.code]),
        ),
        Column("code", "编号", column_kinds.CODE, source="project.code", sort=("project__code",)),
        field(ProjectContact, "city"),
        *ABOUT_CONTACT,
    ),
    filters=ProjectContactFilter,
    ordering=("-contacted_on",),
    search=("project__name", "project__code"),
    views=(View("本月", "contacted_on_in=this_month"),),
    reads=(ProjectContact, Project, "regions_change", "accounts_change"),
    record_page=RecordTop("projects/_step.html", lambda user, contact: contact.project),
    parts=Parts(search=False),
    moves=(CONTACT_VOIDING,),
    about="在项目页“记一次联系”，登记后不改；记错的由登记人或省厅作废，再记一次",
    empty=("还没有联系记录", "在项目页“记一次联系”，登记后在此列出。"),
)
