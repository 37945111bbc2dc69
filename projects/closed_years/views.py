"""View for closing or reopening a plan year."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.pages.decision_page import DecisionPage
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from projects.closed_years.actions import decide_closing
from projects.closed_years.forms import ClosingForm, plan_years_with_state
from projects.closed_years.tables import YEAR_CLOSINGS, YEARS_IN_FORCE

_PAGE = DecisionPage(
    "年度关账",
    listing=YEAR_CLOSINGS,
    form=ClosingForm,
    decide=decide_closing,
    message=lambda decided: f"已定，{decided}",
    table=YEARS_IN_FORCE,
    in_force=plan_years_with_state,
)


@requires(Permission.DECIDE_COUNTING)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_year_closing(request: PortalRequest) -> HttpResponse:
    """Show which plan years are closed, with a form to close or reopen one, and store the decision."""
    return _PAGE.handle_request(request)
