"""View of the page that searches all lists at once."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hunan_trade.lists.filter_fields import MAX_WORDS
from hunan_trade.lists.search.global_search import only_hit, search_lists, searchable_lists
from hunan_trade.text_cleaning import normal_form_for_comparison
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params


@requires(*{listing.see for listing in searchable_lists()})
@require_safe
def search_page(request: PortalRequest) -> HttpResponse:
    """Show the search results of each list, or redirect to the record if there is exactly one hit."""
    reject_unknown_params(request, "q")
    typed = request.GET.get("q", "").strip()
    error = f"最多 {MAX_WORDS} 字，缩短后再查。" if len(typed) > MAX_WORDS else ""
    found = [] if error or not normal_form_for_comparison(typed) else search_lists(typed, user=request.user)
    if hit := only_hit(found):
        return redirect(hit.url)
    context = {"typed": typed, "found": found, "error": error}
    return render(request, "lists/search.html", context, status=400 if error else 200)
