"""Finds the projects of a batch that duplicate another of its projects, and the projects that have to leave it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.batches.models import Batch, BatchMembership
from projects.choices import CountingRule, Status, VerdictCode
from projects.duplicates.linked_projects import links_among
from projects.duplicates.merged_project_refusals import merged_refusal
from projects.models import Project, ProjectPair


@dataclass(frozen=True)
class RepeatedMembers:
    """Keys of the projects in a batch that are not counted, as each duplicates another project of the same batch.

    `merged` had a contract of their own, whose money is summed; `same` had that of the other project.
    """

    merged: frozenset[int] = frozenset()
    same: frozenset[int] = frozenset()

    @property
    def every(self) -> frozenset[int]:
        return self.merged | self.same


@dataclass
class _Member:
    pk: int
    is_merged: bool
    is_counted: bool
    code: str

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Sort key among duplicate projects in a batch: the one that sorts first is counted, the others are not."""
        return self.is_merged, not self.is_counted, self.code


def repeated_members(user: User, batches: Collection[Batch]) -> dict[int, RepeatedMembers]:
    """Return, by the key of each batch, those of its projects that duplicate another project of the same batch.

    Of the projects that are one, the one that counts stands for it, else the one with the lowest code.
    """
    links = links_among(ProjectPair.objects.visible_to(user))
    if not links.projects:
        return {}
    standing = BatchMembership.objects.visible_to(user).current().filter(project__in=links.projects)
    names = ("batch", "project", "project__verdict_rule", "project__verdict", "project__code")
    members: dict[int, list[_Member]] = {}
    for batch, pk, rule, verdict, code in standing.filter(batch__in=batches).order_by().values_list(*names):
        member = _Member(pk, rule == CountingRule.R5, verdict == VerdictCode.COUNTED, code)
        members.setdefault(batch, []).append(member)
    found = {}
    for batch, candidates in members.items():
        kept, repeated = set[int](), list[_Member]()
        for member in sorted(candidates, key=lambda each: each.rank):
            if links.linked_with([member.pk]) & kept:
                repeated.append(member)
            else:
                kept.add(member.pk)
        found[batch] = RepeatedMembers(
            merged=frozenset(each.pk for each in repeated if each.is_merged),
            same=frozenset(each.pk for each in repeated if not each.is_merged),
        )
    return found


# --- Who is to leave ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class LeavingMember:
    """A terminated or merged project that is still in a batch, with the URL of the form that removes it."""

    project: Project
    why: str
    action: str = field(default="退出批次", init=False)

    @property
    def url(self) -> str:
        return reverse("projects:detail", args=[self.project.code])

    @property
    def leave_url(self) -> str:
        return reverse("projects:move-leave_batch", args=[self.project.code])


def leaving_members(user: User, batch: Batch) -> list[LeavingMember]:
    """Return the terminated and merged projects that are still in a batch and that the user may see."""
    gone = Q(status=Status.TERMINATED) | Q(verdict_rule=CountingRule.R5)
    projects = Project.objects.visible_to(user).filter(gone, batch=batch).select_related("city").order_by("code")
    return [LeavingMember(project, _leaving_reason(user, project)) for project in projects]


def _leaving_reason(user: User, project: Project) -> str:
    return merged_refusal(project, user) or f"项目已{project.get_status_display()}，{project.status_reason}"


LEAVING = PageTable(
    "要退出的项目",
    (
        Column("code", "编号", column_kinds.CODE, source="project.code"),
        Column("name", "项目", source="project.name", link=lambda row: row.url),
        Column("city", "市州", column_kinds.REGION, source="project.city"),
        Column("why", "原因"),
        Column("action", "办理", column_kinds.CODE, link=lambda row: row.leave_url, see=Permission.KEEP_BATCHES),
    ),
)
