"""View of the page of one audit event."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from hunan_trade.accounts.roles import Permission, Role
from hunan_trade.audit.actions import record
from hunan_trade.audit.event_diff import changed_fields
from hunan_trade.audit.event_label_lookup import verb_label
from hunan_trade.audit.models import Event
from hunan_trade.console.tables import CHANGED_FIELDS
from hunan_trade.regions.models import Region
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest


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
