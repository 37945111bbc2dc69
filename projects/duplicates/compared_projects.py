"""Builds the table that compares the two projects of a pair fact by fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.models import Project, ProjectPair


@dataclass(frozen=True)
class ComparedFact:
    """A row of the table that compares two projects: one fact of each, and a note if they differ."""

    title: str
    first: str
    second: str

    @property
    def note(self) -> str:
        return "" if self.first == self.second else "不同"


@dataclass(frozen=True)
class ComparedProjects:
    """HTML table that compares two projects that may be duplicates."""

    table: SafeString


def _wan(amount: Decimal | None) -> str:
    return "" if amount is None else quantities.format_plain(quantities.in_wan(amount), 2)


_FACTS: tuple[tuple[str, Callable[[Project], object]], ...] = (
    ("项目名称", lambda project: project.name),
    ("市州", lambda project: project.city.short_name),
    ("县市区", lambda project: project.area or ""),
    ("园区", lambda project: project.park or ""),
    ("投资方", lambda project: project.investors),
    ("行业", lambda project: project.industry or ""),
    ("阶段", lambda project: project.get_stage_display()),
    ("签约日期", lambda project: project.signed_on or ""),
    ("工商注册日期", lambda project: project.registered_on or ""),
    ("合同外资（万美元）", lambda project: _wan(project.contracted_total_usd)),
    ("合同内资（万元）", lambda project: _wan(project.contracted_total_cny)),
    ("状态", lambda project: project.get_status_display()),
    ("计数判定", lambda project: project.get_verdict_display()),
)


def compared_projects(user: User, pair: ProjectPair) -> ComparedProjects:
    """Return a table that compares the two projects of a pair of possible duplicates, for the pair's page."""
    rows = Project.objects.select_related("city", "area", "park", "industry")
    first, second = (rows.get(pk=pk) for pk in (pair.first_id, pair.second_id))
    facts = [ComparedFact(title, str(read(first)), str(read(second))) for title, read in _FACTS]
    columns = (
        Column("title", "", column_kinds.CODE),
        Column("first", first.code),
        Column("second", second.code),
        Column("note", "比较", column_kinds.CODE),
    )
    return ComparedProjects(PageTable("两个项目对比", columns).html(facts))
