"""Pages of the roles, of one audit event and of the gallery of components."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from hunan_trade.accounts.roles import GRANTS, Permission, Role
from hunan_trade.audit.actions import record
from hunan_trade.audit.event_diff import changed_fields
from hunan_trade.audit.event_labels import verb_label
from hunan_trade.audit.models import Event
from hunan_trade.console.tables import CHANGED_FIELDS
from hunan_trade.lists.gallery import list_gallery_context
from hunan_trade.regions.models import Region
from hunan_trade.ui.gallery import gallery_context
from hunan_trade.web.access import requires, signed_in
from hunan_trade.web.request import PortalRequest


@signed_in("who may do what is no secret to anybody here")
@require_safe
def roles(request: PortalRequest) -> HttpResponse:
    rows = [(permission.label, [permission in GRANTS[role] for role in Role]) for permission in Permission]
    return render(
        request,
        "console/roles.html",
        {"roles": Role.labels, "rows": rows, "own": request.user.role_label if request.user.role else ""},
    )


@requires(Permission.READ_AUDIT)
@require_safe
def audit_event(request: PortalRequest, seq: int) -> HttpResponse:
    event = get_object_or_404(Event.objects.select_related("link"), pk=seq)
    record("audit.read", by=request.user, subject=event)
    page = {"event": event, "words": verb_label(event.verb), "changes": CHANGED_FIELDS.html(changed_fields(event))}
    place = Region.objects.filter(pk=event.region).first()
    return render(
        request, "console/audit_event.html", {**page, "place": place, "role": dict(Role.choices).get(event.actor_role)}
    )


@signed_in("the parts pages are made of, for those who draw them")
@require_safe
def gallery(request: PortalRequest) -> HttpResponse:
    return render(request, "gallery.html", gallery_context() | list_gallery_context())
