"""View of deciding on the thresholds of rules."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.actions.thresholds import decide_threshold
from hunan_trade.intake.forms_thresholds import ThresholdForm, thresholds_in_force
from hunan_trade.intake.tables import THRESHOLDS_IN_FORCE
from hunan_trade.web.access import requires
from hunan_trade.web.filters import reject_unknown_params
from hunan_trade.web.request import PortalRequest


@requires(Permission.DECIDE_THRESHOLDS)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: PortalRequest) -> HttpResponse:
    """Show the thresholds in force with a form, and decide on one of them."""
    reject_unknown_params(request)
    form = ThresholdForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        decided = decide_threshold(**form.decision(), by=request.user)
        messages.success(request, f"已定，自{decided.month.label}月报起")
        return redirect("thresholds:home")
    status = 422 if form.is_bound else 200
    context = {"form": form, "thresholds": THRESHOLDS_IN_FORCE.html(thresholds_in_force())}
    return render(request, "intake/thresholds.html", context, status=status)
