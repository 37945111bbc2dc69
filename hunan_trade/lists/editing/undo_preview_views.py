"""The page that previews the undo of an import or of another whole operation, and carries it out.

It says what goes back, what stays and why, and asks a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from hunan_trade.lists.current_list_url import current_list_url
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.editing import undo
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.conflict_detecting_forms import ReasonForm
from hunan_trade.web.request_type import PortalRequest

View = Callable[..., HttpResponse]
_REFERENCE = re.compile(r"[a-z]{1,20}:[0-9]{1,18}")


def undo_view(listing: Listing, editing: Editing) -> View:
    """Return the view function that previews the undo of an operation such as a bulk edit, and performs it on POST.

    What is undone are the acts of a reference.
    """

    @requires(editing.permission)
    def view(request: PortalRequest, reference: str) -> HttpResponse:
        acts = undo.acts_visible_to(request.user, listing, reference) if _REFERENCE.fullmatch(reference) else None
        if acts is None or not acts.exists():
            raise Http404
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            result = undo.undo(listing, reference=reference, by=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, f"已撤销 {result.count:,} {listing.noun}")
            return redirect(request.path)
        preview = undo.undo_preview(listing, reference=reference, by=request.user)
        context = {
            "listing": listing,
            "acts": acts.order_by("pk"),
            "preview": preview,
            "form": form,
            "home": current_list_url(request, "home"),
        }
        return render(request, "lists/undo.html", context)

    return view
