"""Forms for deciding on a year's published source and exchange rate, with the values shown beside them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django import forms

from hunan_trade import clock
from hunan_trade.indicators import registry
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year, published_sources
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.pages.decision_page import DecisionForm
from hunan_trade.web.text_fields import CleanTextField


@dataclass(frozen=True)
class PublishedSource:
    """The sources from which an indicator is currently published for a plan year."""

    title: str
    year: str
    sources: tuple[Source, ...]

    @property
    def text(self) -> str:
        return "、".join(source.label for source in self.sources)


@dataclass(frozen=True)
class RateOfYear:
    """The exchange rate of a year; the rate is None if nobody has decided on it yet."""

    year: str
    rate: Decimal | None


def _shown_years() -> list[int]:
    this_year = clock.today().year
    return [this_year - 1, this_year, this_year + 1]


def sources_in_force() -> list[PublishedSource]:
    indicators, years = registry.switchable(), _shown_years()
    published = {year: published_sources(indicators, year) for year in years}
    return [
        PublishedSource(indicator.title, f"{year}年", published[year][indicator.code])
        for indicator in indicators
        for year in years
    ]


def rates_in_force() -> list[RateOfYear]:
    return [RateOfYear(f"{year}年", exchange_rate_of_year(year)) for year in _shown_years()]


class SourceForm(DecisionForm):
    indicator = forms.ChoiceField(
        label="指标", choices=lambda: [(indicator.code, indicator.title) for indicator in registry.switchable()]
    )
    year = forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2099,
        help_text="这一年各月和与之对照的上年同期都按所定来源。已签发的通报不变，下一期登更正。",
    )
    source = forms.ChoiceField(
        label="公布来源", choices=lambda: [(source.value, source.label) for source in registry.switchable_sources()]
    )
    reason = CleanTextField(label="理由", max_length=500, help_text="登在下一期通报的更正里。")


class RateForm(DecisionForm):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2099)
    cny_per_usd = forms.DecimalField(
        label="1 美元折合人民币（元）", min_value=Decimal("0.0001"), max_digits=8, decimal_places=4
    )
    reason = CleanTextField(label="理由", max_length=500)
