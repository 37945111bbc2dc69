"""Declares the list of counting decisions and the table of the counting rules in force."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import PAGE_AND_FILES, Action, Listing, Panel
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.counting.rules import FIRST_RULES
from projects.counting.source_comparison import source_comparisons
from projects.filters import CountingDecisionFilter
from projects.models import CountingDecision

_FIRST = FIRST_RULES.of_year(FIRST_RULES.complete_from)

COUNTING_DECISIONS = Listing(
    code="counting-decisions",
    title="计数规则",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: CountingDecision.objects.select_related("decided_by"),
    columns=(
        Column("name", "年度", value=lambda decided: f"{decided.year}年", sort=("year",)),
        field(CountingDecision, "event"),
        field(CountingDecision, "version", kind=column_kinds.CODE),
        field(CountingDecision, "reason"),
        field(CountingDecision, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(CountingDecision, "decided_at"),
    ),
    filters=CountingDecisionFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(
        Action("定计数规则", "counting-decide", Permission.DECIDE_COUNTING),
        Action("世界500强名单", "fortune:home", Permission.SEE_FIGURES),
        Action("公布口径", "source-decisions:home", Permission.SEE_FIGURES),
        Action("重大转移项目库", "projects:home", Permission.SEE_FIGURES),
    ),
    above=Panel("projects/_sources.html", source_comparisons),
    about=f"自{FIRST_RULES.complete_from}年起按{_FIRST.event.label}计数，另定的自所定年度起",
    empty=("没有另定的计数规则", f"各年按{_FIRST.event.label}计数；省厅负责人另定的，在此列出。"),
    parts=PAGE_AND_FILES,
)
RULES_IN_FORCE = PageTable(
    "现在的计数规则",
    (
        Column("name", "年度", source="year"),
        Column("event", "计数环节", column_kinds.CODE),
        Column("version", "版次", column_kinds.CODE),
    ),
)
