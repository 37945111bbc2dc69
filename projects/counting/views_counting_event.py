"""View to decide which event makes a project count in a plan year."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.pages.decision_page import DecisionPage
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from projects.counting.actions_counting_event import decide_counting
from projects.counting.forms_counting_rule_of_year import CountingForm, rules_in_force
from projects.counting.tables_counting_decisions import COUNTING_DECISIONS, RULES_IN_FORCE

_PAGE = DecisionPage(
    "定计数规则",
    listing=COUNTING_DECISIONS,
    form=CountingForm,
    decide=decide_counting,
    message=lambda decided: f"已定，{decided}，项目已重新判定",
    table=RULES_IN_FORCE,
    in_force=rules_in_force,
)


@requires(Permission.DECIDE_COUNTING)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_counting_rule(request: PortalRequest) -> HttpResponse:
    """Show which event makes projects count in each year, with a form to decide it, and store the decision."""
    return _PAGE.handle_request(request)
