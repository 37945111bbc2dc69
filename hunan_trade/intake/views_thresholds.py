"""View of the page on which the province's lead changes the values of thresholds."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.actions.thresholds import decide_threshold
from hunan_trade.intake.forms_thresholds import ThresholdForm, thresholds_in_force
from hunan_trade.intake.tables import THRESHOLDS, THRESHOLDS_IN_FORCE
from hunan_trade.lists.pages.decision_page import DecisionPage
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest

_PAGE = DecisionPage(
    "决定阈值",
    listing=THRESHOLDS,
    form=ThresholdForm,
    decide=decide_threshold,
    message=lambda decided: f"已定，自{decided.month.label}起",
    table=THRESHOLDS_IN_FORCE,
    in_force=thresholds_in_force,
)


@requires(Permission.DECIDE_THRESHOLDS)
@require_http_methods(["GET", "HEAD", "POST"])
def threshold_decision_page(request: PortalRequest) -> HttpResponse:
    """Show the form that changes a threshold of the checks or reminders, and store the submitted value."""
    return _PAGE.handle_request(request)
