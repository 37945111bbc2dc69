"""Prepares tables of the present and former projects of batches, with numbers and investment, for their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.regions.queries import city_names
from projects.batches.duplicate_and_leaving_members import LEAVING, RepeatedMembers, leaving_members, repeated_members
from projects.batches.models import Batch, BatchMembership
from projects.choices import CountingRule, ProjectClass, Status
from projects.models import Project

_ZERO = Decimal(0)


@dataclass(frozen=True)
class BatchCount:
    """How many projects a batch should have, has and had, counting only projects that the user may see.

    `planned_size` is None for whoever sees one city alone: the plan gives no number by city. Of projects that are one,
    `standing` counts one; the others are `repeated`.
    """

    batch: Batch
    planned_size: int | None
    standing: int
    left: int
    terminated: int  # of those that have not left, as the following
    merged: int
    repeated: int

    @property
    def gap_text(self) -> str:
        """How many projects a batch is short of or above its planned number, such as 还差 5 个; "" without one."""
        if self.planned_size is None:
            return ""
        gap = self.planned_size - self.standing
        return f"还差 {gap} 个" if gap > 0 else f"超出 {-gap} 个" if gap else "已满"

    @property
    def sentence(self) -> str:
        planned = "" if self.planned_size is None else f"{self.planned_size} 个名额，"
        gap = f"，{self.gap_text}" if self.gap_text else ""
        left = f"；退出过 {self.left} 个" if self.left else ""
        again = f"；另有 {self.repeated} 个与在册的是同一项目，不重复计" if self.repeated else ""
        gone = ((self.terminated, "已终止"), (self.merged, "已并入别的项目"))
        ended = "、".join(f"{count} 个{word}" for count, word in gone if count)
        return f"{planned}已列入 {self.standing} 个{gap}{again}{left}{f'；有 {ended}，办理退出' if ended else ''}"

    @property
    def standing_url(self) -> str:
        return f"{reverse('projects:home')}?{urlencode({'batch': self.batch.pk})}" if self.standing else ""

    @property
    def left_url(self) -> str:
        asked = {"batch": self.batch.pk, "left_on": "yes"}
        return f"{reverse('batch-memberships:home')}?{urlencode(asked)}" if self.left else ""

    @property
    def url(self) -> str:
        return reverse("batches:detail", args=[self.batch.pk])


@dataclass(frozen=True)
class GroupFigures:
    """Number, total investment and contracted capital of a batch's projects in one project class or city."""

    name: str
    url: str
    standing: int
    total_usd: Decimal
    total_cny: Decimal
    contracted_usd: Decimal
    contracted_cny: Decimal


@dataclass(frozen=True)
class BatchPanel:
    """Contents of a batch's page: a sentence on its progress, projects to remove, and tables by class and by city."""

    sentence: str
    leaving: SafeString
    by_class: SafeString
    by_city: SafeString


def batch_counts(user: User) -> list[BatchCount]:
    """Return the number of projects in each batch, counting only projects that the user may see."""
    batches = list(Batch.objects.visible_to(user))
    return _count_members(user, batches, repeated_members(user, batches))


def batches_panel(user: User) -> SafeString:
    """Return the HTML table of all batches with their numbers of projects, or "" if there are no batches."""
    return (_BATCHES if user.is_province else _OWN_BATCHES).html(batch_counts(user))


def batch_panel(user: User, batch: Batch) -> BatchPanel:
    """Return a batch's number of projects with tables by class and city, counting only what the user may see."""
    repeated = repeated_members(user, [batch])
    (count,) = _count_members(user, [batch], repeated)
    in_batch = repeated.get(batch.pk, RepeatedMembers())
    projects = Project.objects.visible_to(user).filter(batch=batch)
    classes = {each.value: str(each.label) for each in ProjectClass}
    names = dict(city_names())  # of all cities, as a listed project may have moved
    return BatchPanel(
        sentence=count.sentence,
        leaving=LEAVING.html(leaving_members(user, batch), user=user),
        by_class=_groups_table("类别").html(_group_figures(batch, projects, "project_class", classes, in_batch)),
        by_city=_groups_table("市州").html(
            _group_figures(batch, projects, "city", names, in_batch) if user.is_province else ()
        ),
    )


def _count_members(user: User, batches: Iterable[Batch], repeated: Mapping[int, RepeatedMembers]) -> list[BatchCount]:
    visible = BatchMembership.objects.visible_to(user).order_by()
    standing = Q(left_on=None)
    found = {
        batch: numbers
        for batch, *numbers in visible.values_list("batch").annotate(
            standing=Count("pk", filter=standing),
            left=Count("pk", filter=~standing),
            terminated=Count("pk", filter=standing & Q(project__status=Status.TERMINATED)),
            merged=Count("pk", filter=standing & Q(project__verdict_rule=CountingRule.R5)),
        )
    }
    counts = []
    for batch in batches:
        again = len(repeated.get(batch.pk, RepeatedMembers()).every)
        rows, left, terminated, merged = found.get(batch.pk, (0, 0, 0, 0))
        planned = batch.planned_size if user.is_province else None
        counts.append(BatchCount(batch, planned, rows - again, left, terminated, merged, again))
    return counts


def _group_figures(
    batch: Batch, projects: QuerySet[Project], field: str, names: Mapping[str, str], repeated: RepeatedMembers
) -> list[GroupFigures]:
    """Return the number and investment of a batch's projects for each class or city, in the order of `names`.

    Of projects that are one, one is counted; what one contract brings is summed once, and every increase.
    """
    counted, again = ~Q(pk__in=[0, *repeated.every]), Q(pk__in=[0, *repeated.same])  # never of no keys at all
    rows = {
        group: figures
        for group, *figures in projects.order_by()
        .values_list(field)
        .annotate(
            standing=Count("pk", filter=counted),
            total_usd=Sum("total_investment_usd", filter=~again, default=_ZERO),
            total_cny=Sum("total_investment_cny", filter=~again, default=_ZERO),
            contracted_usd=Sum("contracted_total_usd", default=_ZERO)
            - Sum("contracted_usd", filter=again, default=_ZERO),
            contracted_cny=Sum("contracted_total_cny", default=_ZERO)
            - Sum("contracted_cny", filter=again, default=_ZERO),
        )
    }
    return [
        GroupFigures(name, f"{reverse('projects:home')}?{urlencode({'batch': batch.pk, field: code})}", *rows[code])
        for code, name in names.items()
        if code in rows
    ]


def _groups_table(title: str) -> PageTable:
    return PageTable(
        f"按{title}",
        (
            Column("name", title, link=lambda row: row.url),
            Column("standing", "在册", column_kinds.COUNT),
            Column("total_usd", "总投资（外资）", column_kinds.WAN_USD),
            Column("total_cny", "总投资（内资）", column_kinds.WAN_CNY),
            Column("contracted_usd", "合同外资", column_kinds.WAN_USD),
            Column("contracted_cny", "合同内资", column_kinds.WAN_CNY),
        ),
    )


_NAME = Column("name", "批次", source="batch.name", link=lambda count: count.url)
_LEFT = Column("left", "退出过", column_kinds.COUNT, link=lambda count: count.left_url)
_BATCHES = PageTable(
    "各批次名单和名额",
    (
        _NAME,
        Column("planned_size", "名额", column_kinds.COUNT),
        Column("standing", "已列入", column_kinds.COUNT, link=lambda count: count.standing_url),
        Column("gap", "缺额", source="gap_text"),
        _LEFT,
    ),
)
_OWN_BATCHES = PageTable(
    "各批次里本市的项目",
    (_NAME, Column("standing", "本市已列入", column_kinds.COUNT, link=lambda count: count.standing_url), _LEFT),
)
