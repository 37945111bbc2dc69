"""Functions that build the template contexts of a list's page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.paginator import Paginator

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.history import as_of_parameter
from hunan_trade.lists.list_query import FEW_FILTERS, ListQuery
from hunan_trade.lists.models import view_sharing_region
from hunan_trade.lists.pages import saved_views, table_html
from hunan_trade.lists.pages.saved_views import OpenedList


def list_context(opened: OpenedList, *, path: str) -> dict[str, Any]:
    """Return the template context of a list's page.

    It has tabs, filters, tools, table and pager. `path` is the page's address.
    """
    query = opened.query
    listing, user = query.listing, query.user
    records, more = ((), False) if opened.gone else query.page_records()
    bulk_actions = _bulk_actions(listing, user, path) if query.day is None else []
    with query.clock_frozen_at_day():
        columns, row_end = as_of_parameter.add_day_to_links(query.columns, query.day), listing.row_end
        body = table_html.table_rows_html(
            columns, records, pick=listing.key if bulk_actions else "", row_end=row_end and partial(row_end, user)
        )
    is_open = query.shows_filters or bool(query.filterset.form.errors)
    form = query.full_filterset.form if is_open else query.filterset.form
    facets = [form[name] for name in query.facet_names] if is_open else []
    return {
        "path": path,
        "listing": listing,
        "heading": listing.heading(user) if listing.heading else listing.title,
        "above": listing.above and partial(listing.above.content, user),
        "below": listing.below and partial(listing.below.content, user),
        "kept": query.parameters_except("as_of"),
        "today_url": query.url(as_of=None),
        "query": query,
        "opened": opened,
        "actions": listing.visible_actions(user),
        "tabs": saved_views.make_tabs(opened),
        "has_group": view_sharing_region(user) is not None,
        "downloads": list_file_writer.download_menu(query, path=path) if opened.may_save else [],
        "download_limit": list_file_writer.LIMIT,
        "form": form,
        "folded": len(query.facet_names) > FEW_FILTERS,
        "facets": facets,
        "unshown": query.other_parameters
        if facets
        else query.parameters_except("open", "q"),  # the form sends them along
        "headings": table_html.sortable_headings(query),
        "body": body,
        "has_row_buttons": listing.row_end is not None,
        "pick": bool(bulk_actions),
        "bulk_actions": bulk_actions,
        "shown": len(records),
        "previous_url": query.page_url(query.page_number - 1) if query.page_number > 1 else "",
        "next_url": query.page_url(query.page_number + 1) if more else "",
    }


def _bulk_actions(listing: Listing, user: User, path: str) -> list[tuple[str, str]]:
    """Return (title, URL) of each button for editing many of the list's records at once or changing their state."""
    actions = [("改字段", f"{path}bulk/"), ("改筛出的全部", f"{path}bulk/all/")] if listing.may_bulk_edit(user) else []
    if title := listing.bulk_move_button_title(user):
        actions += [(title, f"{path}bulk/moves/"), (f"筛出的全部{title}", f"{path}bulk/all/moves/")]
    return actions


def summary_context(query: ListQuery, *, path: str) -> dict[str, Any]:
    """Return the template context for a list's record count, sums and page numbers."""
    count = query.rows.count()
    with query.clock_frozen_at_day():
        sums = summary.text(query.rows) if (summary := query.listing.visible_summary(query.user)) else ""
    size = query.listing.page_size
    pages = Paginator(range(count), size)
    number = min(query.page_number, pages.num_pages)
    return {
        "path": path,
        "query": query,
        "listing": query.listing,
        "counted": True,
        "count": count,
        "shown": max(0, min(size, count - query.first_index)),
        "sums": sums,
        "numbers": [
            (each, query.page_url(each) if isinstance(each, int) else "")
            for each in pages.get_elided_page_range(number, on_each_side=1, on_ends=1)
        ],
        "previous_url": query.page_url(number - 1) if number > 1 else "",
        "next_url": query.page_url(number + 1) if number < pages.num_pages else "",
    }


def tabs_context(opened: OpenedList, *, path: str) -> dict[str, Any]:
    """Return the template context of the list's tabs with the number of records in each."""
    query = opened.query
    tabs = saved_views.make_tabs(opened)
    counts = [saved_views.count_tab_records(tab, query.listing, query.user) for tab in tabs]
    return {"path": path, "query": query, "opened": opened, "counted_tabs": list(zip(tabs, counts, strict=True))}
