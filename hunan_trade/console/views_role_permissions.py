"""View of the page that lists the roles and what each role may do."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.accounts.roles import GRANTS, Permission, Role
from hunan_trade.web.access_decorators import signed_in
from hunan_trade.web.request_type import PortalRequest


@signed_in("who may do what is no secret to anybody here")
@require_safe
def roles(request: PortalRequest) -> HttpResponse:
    rows = [(permission.label, [permission in GRANTS[role] for role in Role]) for permission in Permission]
    return render(
        request,
        "console/roles.html",
        {"roles": Role.labels, "rows": rows, "own": request.user.role_label if request.user.role else ""},
    )
