"""Views for deciding on an indicator's published source and on the exchange rate of a year."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.indicators import forms_source_and_exchange_rate as forms
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_exchange_rate, decide_published_source
from hunan_trade.indicators.tables_source_and_exchange_rate import (
    RATES_IN_FORCE,
    SOURCE_DECISIONS,
    SOURCES_IN_FORCE,
    YEAR_RATES,
)
from hunan_trade.lists.pages.decision_page import DecisionPage
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest

_SOURCE_PAGE = DecisionPage(
    "定公布口径",
    listing=SOURCE_DECISIONS,
    form=forms.SourceForm,
    decide=decide_published_source,
    message=lambda decided: f"已定，{decided.year}年{decided.title}按{decided.get_source_display()}公布",
    table=SOURCES_IN_FORCE,
    in_force=forms.sources_in_force,
)
_RATE_PAGE = DecisionPage(
    "定年度汇率",
    listing=YEAR_RATES,
    form=forms.RateForm,
    decide=decide_exchange_rate,
    message=lambda decided: f"已定{decided.year}年汇率",
    table=RATES_IN_FORCE,
    in_force=forms.rates_in_force,
)


@requires(Permission.DECIDE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
def published_source_decision(request: PortalRequest) -> HttpResponse:
    """Show the form that decides from which source an indicator is published, and store the submitted decision."""
    return _SOURCE_PAGE.handle_request(request)


@requires(Permission.DECIDE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_rate_decision(request: PortalRequest) -> HttpResponse:
    """Show the form that decides the yuan-per-dollar rate of a year, and store the submitted decision."""
    return _RATE_PAGE.handle_request(request)
