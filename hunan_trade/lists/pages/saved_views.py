"""Functions that open, save and change the saved views of lists, which are shown as tabs.

A shared view changes only by `update_view`. Sorting and columns beside it stand in the reader's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db import IntegrityError, transaction
from django.http import Http404, QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.list_query import ALL_RECORDS, ListQuery
from hunan_trade.lists.models import SavedView, view_sharing_region
from hunan_trade.workflow import MoveRefused

MAX_VIEWS = 20
Parameters = Mapping[str, Sequence[str]]


# --- Opening a list -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OpenedList:
    """The list that a URL opens: its query, the saved view that it shows, and what is no longer valid in that view.

    That is the view that the address names, or the group's default. `gone` says in words the parts of the view that do
    not exist for the reader. Then `query` asks for the other ones, and nothing is listed until the reader takes them
    alone.
    """

    query: ListQuery
    view: SavedView | None = None
    gone: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether the user has changed filters, sort order or columns since opening the saved view."""
        return self.view is not None and not self.gone and storable_parameters(self.query) != self.view.parameters

    @property
    def may_save(self) -> bool:
        return not self.gone and self.query.is_valid


def open_list(listing: Listing, user: User, params: QueryDict) -> OpenedList:
    """Return the list that the URL parameters open, with its saved view if there is one.

    `?view=12` alone opens the view as saved, no parameter at all the default one.
    """
    asked = ListQuery(listing, user, params)
    views = SavedView.objects.visible_to(user).of_list(listing.code)
    key = params.get("view", "")
    if not params:
        view = views.filter(is_default=True).first()
    elif key in ("", ALL_RECORDS):
        view = None
    elif (view := views.filter(pk=int(key)).first()) is None:
        raise Http404
    if view is None or params.keys() - {"view", "page", "open"}:
        return OpenedList(asked, view)
    gone = invalid_parameter_names(listing, user, view)
    kept = {name: values for name, values in view.parameters.items() if name not in gone}
    own = {name: params.getlist(name) for name in ("page", "open") if name in params}
    query = ListQuery(listing, user, _to_query_dict({**kept, "view": [str(view.pk)], **own}))
    return OpenedList(query, view, tuple(view.words.get(name) or name for name in gone))


def invalid_parameter_names(listing: Listing, user: User, view: SavedView) -> list[str]:
    """Return the names of the URL parameters in a saved view that are no longer valid for this user."""
    return [
        name for name, values in view.parameters.items() if not _are_valid_parameters(listing, user, {name: values})
    ]


def _are_valid_parameters(listing: Listing, user: User, parameters: Parameters) -> bool:
    try:
        return ListQuery(listing, user, _to_query_dict(parameters)).is_valid
    except BadRequest:
        return False


def storable_parameters(query: ListQuery) -> dict[str, list[str]]:
    """Return those URL parameters of the query that a saved view stores: filters, sort order and columns.

    Blank ones are left out, and the day.
    """
    beside = ("view", "page", "open", "as_of")
    return {name: values for name, values in query.params.lists() if values != [""] and name not in beside}


def _to_query_dict(parameters: Parameters) -> QueryDict:
    return QueryDict(urlencode([(name, value) for name, values in parameters.items() for value in values]))


# --- Tabs -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ViewTab:
    """A tab above a list, which links to a view of the list.

    It is a view that comes with the list, a saved one, everything, or what is asked and not saved.
    """

    title: str
    url: str
    current: bool
    parameters: Parameters


def make_tabs(opened: OpenedList) -> list[ViewTab]:
    """Return the tabs above a list.

    They are its own views, the group's, the reader's, all records, and what is not saved yet.
    """
    query, listing, user = opened.query, opened.query.listing, opened.query.user
    filters = query.filter_parameters()
    found = []
    for declared in listing.views:
        parameters = dict(QueryDict(declared.query).lists())
        if parameters.keys() <= query.parameters and (user.is_city or not declared.of_cities):
            current = opened.view is None and filters == parameters
            found.append(ViewTab(declared.title, f"?{declared.query}", current, parameters))
    for view in SavedView.objects.visible_to(user).of_list(listing.code):
        title = view.title if view.region_id else f"我的：{view.title}"
        found.append(ViewTab(title, f"?view={view.pk}", view == opened.view, view.parameters))
    found.append(ViewTab("全部", query.all_url, opened.view is None and not filters, {}))
    if not any(tab.current for tab in found):
        found.append(ViewTab("未存的条件", query.url(), True, storable_parameters(query)))
    return found


def count_tab_records(tab: ViewTab, listing: Listing, user: User) -> int | None:
    """Return the number of records that a tab's view lists; None if its parameters are no longer valid for the user."""
    try:
        query = ListQuery(listing, user, _to_query_dict(tab.parameters))
        return query.rows.count() if query.is_valid else None
    except BadRequest:
        return None


# --- Saving ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def save_view(query: ListQuery, *, title: str, shared: bool, is_default: bool, by: User) -> SavedView:
    """Save a list's current filters, sort order and columns as a view, for the user alone or for the user's group."""
    region = view_sharing_region(by) if shared else None
    if shared and region is None:
        raise MoveRefused("您不属于省厅或市州，视图只能存给自己")
    scope = {"region_id": region} if shared else {"region": None, "owner": by}
    code = query.listing.code
    if SavedView.objects.filter(listing=code, **scope).count() >= MAX_VIEWS:
        raise MoveRefused(f"视图最多 {MAX_VIEWS} 个。先删去用不着的")
    if shared and is_default:
        SavedView.objects.filter(listing=code, region=region, is_default=True).update(is_default=False)
    view = SavedView(
        listing=code, title=title, owner=by, region_id=region, is_default=shared and is_default, **_view_content(query)
    )
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as taken:
        raise MoveRefused(f"已有名为“{title}”的视图，换一个名称") from taken
    _record_view_event(
        "view.saved", view, by, after={"title": title, "is_default": view.is_default, **_view_content(query)}
    )
    return view


@transaction.atomic
def update_view(view: SavedView, query: ListQuery, *, by: User) -> None:
    """Replace a saved view's filters, sort order and columns by those with which the list is now shown."""
    view = _lock_view(view)
    before, after = {"parameters": view.parameters, "words": view.words}, _view_content(query)
    if before != after:
        SavedView.objects.filter(pk=view.pk).update(**after)
        _record_view_event("view.changed", view, by, before=before, after=after)


@transaction.atomic
def set_group_default_view(view: SavedView, *, is_default: bool, by: User) -> None:
    """Make a shared view the one that a list opens with for the view's group, or leave the group without one.

    The default opens with the list.
    """
    if view.region_id is None:
        raise MoveRefused("只有本组的视图可以设为默认")
    group = SavedView.objects.filter(listing=view.listing, region=view.region_id)
    list(group.select_for_update().order_by("pk"))  # of two at once, the second finds the first one's default
    view = _lock_view(view)
    group.filter(is_default=True).update(is_default=False)
    SavedView.objects.filter(pk=view.pk).update(is_default=is_default)
    _record_view_event("view.default_set", view, by, after={"is_default": is_default})


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> None:
    view = _lock_view(view)
    _record_view_event("view.deleted", view, by, before={"title": view.title, "parameters": view.parameters})
    view.delete()


def _lock_view(view: SavedView) -> SavedView:
    """Lock the saved view and return it as stored; raise MoveRefused if somebody has deleted it."""
    found = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if found is None:
        raise MoveRefused("这个视图刚被删去，回到名录再看")
    return found


def _view_content(query: ListQuery) -> dict[str, Any]:
    if not query.is_valid:
        raise MoveRefused("有条件读不懂，改好后再存")
    return {"parameters": storable_parameters(query), "words": query.words()}


def _record_view_event(verb: str, view: SavedView, by: User, **facts: Any) -> None:
    """Write an audit event about a shared view; personal views leave no event.

    How somebody looks at a list for himself is nobody's concern.
    """
    if view.region_id is not None:
        record(verb, by=by, subject=view, region=view.region_id, **facts)


def rename_parameter(views: Iterable[Any], old: str, new: str) -> None:
    """Rename a URL parameter in saved views, for a migration that renames a filter."""
    for view in views:
        for field in ("parameters", "words"):
            setattr(view, field, {new if name == old else name: value for name, value in getattr(view, field).items()})
        view.save(update_fields=["parameters", "words"])
