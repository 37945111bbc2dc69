"""View for deciding the minimum investment of industrial projects that join a batch."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.pages.decision_page import DecisionPage
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from projects.batches.actions import decide_threshold
from projects.batches.forms_minimum_investment import BatchThresholdForm, thresholds_in_force
from projects.batches.tables import BATCH_THRESHOLDS, THRESHOLDS_IN_FORCE

_PAGE = DecisionPage(
    "定投资额下限",
    listing=BATCH_THRESHOLDS,
    form=BatchThresholdForm,
    decide=decide_threshold,
    message=lambda decided: f"已定，自 {decided.holds_from} 起列入的项目按此下限",
    table=THRESHOLDS_IN_FORCE,
    in_force=thresholds_in_force,
)


@requires(Permission.DECIDE_BATCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_batch_threshold(request: PortalRequest) -> HttpResponse:
    """Show the minimum investments for joining a batch with a form to decide a new one, and store that decision."""
    return _PAGE.handle_request(request)
