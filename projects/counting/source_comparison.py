"""Compares, by city, the counts of projects and Fortune 500 groups in the register and in accepted summaries."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade import clock, quantities
from hunan_trade.accounts.models import User
from hunan_trade.indicators import computed_values, registry
from hunan_trade.indicators.computed_values import Value
from hunan_trade.indicators.queries_observations import panel_data_by_source
from hunan_trade.indicators.queries_source_and_exchange_rate import published_sources
from hunan_trade.indicators.registry import Source
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from projects.choices import REGISTER_COMPLETE_FROM, FortuneCode, VerdictCode
from projects.counting.monthly_counts import FORTUNE_500, UNDERTAKEN
from projects.models import FortuneGroup

# The filter of the list of projects that lets through those that an indicator counts.
_COUNTED = {
    UNDERTAKEN: {"verdict": VerdictCode.COUNTED.value},
    FORTUNE_500: {"fortune_verdict": FortuneCode.COUNTED.value},
}


@dataclass(frozen=True)
class ComparedCount:
    """A region's number of projects or Fortune 500 groups by the register and by city summaries, and the difference.

    `url` leads to the projects that the register counts, "" where the list has others, too. `note` says what the sums
    leave out.
    """

    indicator: str
    name: str
    registered: Value
    reported: Value
    url: str

    @property
    def difference(self) -> Value:
        key = self.registered.key.with_steps("difference")
        return computed_values.difference(
            key, f"{self.registered.label}之差", self.registered, self.reported, registry.get(self.indicator).unit
        )

    @property
    def note(self) -> str:
        return self.registered.note or self.reported.note


@dataclass(frozen=True)
class SourceComparison:
    """Table that compares an indicator's counts in the register and in the monthly returns, region by region.

    `published` names the source from which the plan year is published.
    """

    title: str
    span: str
    published: str
    rows: tuple[ComparedCount, ...]

    @property
    def table(self) -> SafeString:
        return PageTable(f"{self.title}：项目库与市州月报", _COLUMNS).html(self.rows)


_COLUMNS = (
    Column("name", "市州", note="note"),
    Column("registered", "项目库计入", column_kinds.COUNT, source="registered.amount", link=lambda row: row.url),
    Column("reported", "月报核定", column_kinds.COUNT, source="reported.amount"),
    Column(
        "difference",
        "相差",
        column_kinds.TYPED_NUMBER,
        value=lambda row: quantities.format_with_sign(row.difference.amount, 0) if row.difference.known else "",
    ),
)


def source_comparisons(user: User) -> list[SourceComparison]:
    """Return tables by city that compare counts of projects and Fortune 500 groups by register and monthly returns.

    A city sees only its own. Fortune 500 groups are compared once the year's list is loaded.
    """
    month = max(Month.of(clock.today()).previous, Month(REGISTER_COMPLETE_FROM, 1))
    listed = FortuneGroup.objects.filter(year=month.year).exists()
    return [_comparison(code, month, user) for code in _COUNTED if listed or code != FORTUNE_500]


def _comparison(code: str, month: Month, user: User) -> SourceComparison:
    found, declared = panel_data_by_source(code, month), registry.get(code)
    register, returns = found[Source.REGISTER], found[Source.RETURN]
    shown = [city.code for city in register.cities if user.sees_region(city.code)]
    rows = [
        _compared_count(code, region, register, returns)
        for region in ([PROVINCE, *shown] if user.is_province else shown)
    ]
    (published, *_) = published_sources([declared], month.year)[code]
    return SourceComparison(declared.title, f"{month.year}年{month.range_in_digits}累计", published.label, tuple(rows))


def _compared_count(code: str, region: str, register: PanelData, returns: PanelData) -> ComparedCount:
    registered = register.cumulative(region)
    through = register.complete_through(region)
    if region == PROVINCE and not register.cities_with_missing_months:
        through = register.month
    url = _counted_projects_url(code, region, through) if through else ""
    return ComparedCount(code, register.names[region], registered, returns.cumulative(region), url)


def _counted_projects_url(code: str, region: str, through: Month) -> str:
    """Return the URL of the list of projects that the register counts from January to the month `through`."""
    chosen = {
        **_COUNTED[code],
        "counted_on_after": through.months_to_date[0].first,
        "counted_on_before": through.last,
    }
    return f"{reverse('projects:home')}?{urlencode(chosen if region == PROVINCE else chosen | {'city': region})}"
