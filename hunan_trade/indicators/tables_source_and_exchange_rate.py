"""Declares the lists of decisions on published sources and exchange rates, and the tables of current values."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.indicators.filters import SourceDecisionFilter, YearRateFilter
from hunan_trade.indicators.models import SourceDecision, YearRate
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import PAGE_AND_FILES, Action, Listing
from hunan_trade.lists.pages.embedded_record_tables import PageTable

SOURCE_DECISIONS = Listing(
    code="source-decisions",
    title="公布口径",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: SourceDecision.objects.select_related("decided_by"),
    columns=(
        Column("name", "指标", source="title", sort=("indicator",)),
        field(SourceDecision, "year", kind=column_kinds.YEAR),
        field(SourceDecision, "source"),
        field(SourceDecision, "reason"),
        field(SourceDecision, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(SourceDecision, "decided_at"),
    ),
    filters=SourceDecisionFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(
        Action("定公布口径", "indicators:source-decide", Permission.DECIDE_SOURCES),
        Action("年度汇率", "year-rates:home", Permission.SEE_FIGURES),
    ),
    empty=("没有另定的公布口径", "各指标按原定来源公布；省厅负责人另定的，在此列出。"),
    parts=PAGE_AND_FILES,
)
YEAR_RATES = Listing(
    code="year-rates",
    title="年度汇率",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: YearRate.objects.select_related("decided_by"),
    columns=(
        Column("name", "年度", value=lambda rate: f"{rate.year}年", sort=("year",)),
        field(YearRate, "cny_per_usd", kind=column_kinds.CODE),
        field(YearRate, "reason"),
        field(YearRate, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(YearRate, "decided_at"),
    ),
    filters=YearRateFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(
        Action("定年度汇率", "indicators:rate-decide", Permission.DECIDE_SOURCES),
        Action("公布口径", "source-decisions:home", Permission.SEE_FIGURES),
    ),
    empty=("没有年度汇率", "人民币和美元对照须按年度汇率；省厅负责人定了的，在此列出。"),
    parts=PAGE_AND_FILES,
)
SOURCES_IN_FORCE = PageTable(
    "现在的公布来源",
    (
        Column("name", "指标", source="title"),
        Column("year", "年度", column_kinds.CODE),
        Column("text", "公布来源", column_kinds.CODE),
    ),
)
RATES_IN_FORCE = PageTable(
    "现在的汇率", (Column("name", "年度", source="year"), Column("rate", "1 美元折合人民币（元）", column_kinds.CODE))
)
