"""Decorators that declare which users may call a view, and a function that loads a row only if a user may see it.

    @requires(Permission.ACCEPT_RETURN)       one of these permissions, else 403 with the reason
    @signed_in("what for")                    any account
    @public("why everybody may")              nobody needs an account

Each marks what it decorates with an `Access`, on functions, on class views and on REST views; a view without a mark
does not pass the tests. Rows come from `get_visible`: what a person may not see does not exist for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator

from hunan_trade.accounts.models import Anonymous, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.web import error_responses
from hunan_trade.web.idempotency import idempotent
from hunan_trade.workbooks import current_requester

View = TypeVar("View", bound=Callable[..., Any] | type)
Row = TypeVar("Row", bound=Model)
METHODS = ("GET", "HEAD", "POST")  # what browsers send; a page that only shows something says @require_safe besides


@dataclass(frozen=True)
class Access:
    """Access rule of a view: it requires one of several permissions, or only a login, or nothing.

    Without permissions and `public`, every signed-in user may call the view.

    `all_rows` is the permission with which a view that is open to any account shows more than one's own rows.
    `by_person`: no API token may call the view, whatever its scope.
    """

    permissions: tuple[Permission, ...] = ()
    public: str = ""
    all_rows: Permission | None = None
    by_person: bool = False

    def refusal(self, user: User | Anonymous) -> str | None:
        """Return why this user may not call the view, or None if the user may.

        The caller handles users who are not signed in.
        """
        if self.public or not self.permissions or any(user.may(permission) for permission in self.permissions):
            return None
        return f"本页需要“{'”或“'.join(permission.label for permission in self.permissions)}”的权限"


def requires(*permissions: Permission, by_person: bool = False) -> Callable[[View], View]:
    """Return a decorator that lets only users with at least one of `permissions` call the view.

    On a viewset's method the rule replaces the viewset's own. `by_person`: but for API tokens.
    """
    if not permissions:
        raise ValueError("requires() names at least one permission; for any account there is signed_in()")
    return _decorator_that_sets(Access(permissions=permissions, by_person=by_person))


def signed_in(reason: str, *, all_rows: Permission | None = None) -> Callable[[View], View]:
    """Return a decorator that lets every signed-in user call the view.

    `reason` says why that is enough.

    `all_rows` names the permission to see the rows of everybody there; who has it finds the page in the bar.
    """
    if not reason:
        raise ValueError("signed_in() says why")
    return _decorator_that_sets(Access(all_rows=all_rows))


def public(reason: str) -> Callable[[View], View]:
    """Return a decorator that lets anybody call the view without login.

    `reason` says why that is safe.
    """
    if not reason:
        raise ValueError("public() says why")
    return _decorator_that_sets(Access(public=reason))


def mark_as_polled(view: View) -> View:
    """Decorator for a view that pages poll in the background: its requests do not keep sessions alive."""
    view.polling = True  # type: ignore[union-attr]
    return view


def access_of(callback: Any) -> Access | None:
    """Return the access rule of a view function, class or viewset, or None if it has no rule."""
    for holder in (callback, getattr(callback, "view_class", None), getattr(callback, "cls", None)):
        if isinstance(access := getattr(holder, "access", None), Access):
            return access
    return None


def get_visible(queryset: QuerySet[Row], user: User, **lookup: Any) -> Row:
    """Return the row that `lookup` finds if this user may see it, else raise Http404 as if it did not exist."""
    try:
        row: Row = get_object_or_404(queryset.visible_to(user), **lookup)  # type: ignore[attr-defined]
        return row
    except (ValueError, OverflowError) as unusable:
        raise Http404 from unusable
    except Http404:
        if queryset.filter(**lookup).exists():
            raise error_responses.NotVisible from None  # the same answer; the log is told
        raise


def _is_rest_view(view: Any) -> bool:
    """Return whether `view` is a class or an instance of DRF's APIView.

    It cannot be imported here (circular).
    """
    return hasattr(view, "initialize_request")


def _set_requester_account(user: User | Anonymous) -> None:
    """Count the uploads parsed during this request against the limits of the user's account and city."""
    if user.is_authenticated:
        current_requester.set_account(account=str(user.pk), city=user.region_id or "")


def _decorator_that_sets(access: Access) -> Callable[[View], View]:
    """Return a decorator that attaches the access rule `access` to a view and has it checked at each call."""

    def attach_access(view: View) -> View:
        if isinstance(view, type):
            if not _is_rest_view(view):  # REST views ask HasScope, which reads the mark
                method_decorator(_wrapper_that_checks(access), name="dispatch")(view)
            view.access = access  # type: ignore[attr-defined]
            return view
        guarded_view: View = _wrapper_that_checks(access)(view)
        return guarded_view

    return attach_access


def _wrapper_that_checks(access: Access) -> Callable[[Any], Any]:
    """Return a decorator that checks the access rule `access` before each call of a view."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Any:
        @wraps(view)
        def guarded_view(first: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _is_rest_view(first):  # HasScope has looked at the mark
                rest_request = args[0]
                _set_requester_account(rest_request.user)
                return idempotent(
                    rest_request._request, rest_request.user, access.permissions, lambda: view(first, *args, **kwargs)
                )
            request: Any = first if isinstance(first, HttpRequest) else args[0]
            if not access.public and not request.user.is_authenticated:
                return error_responses.login_required_response(request)
            if (reason := access.refusal(request.user)) is not None:
                return error_responses.forbidden_response(request, reason)
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            _set_requester_account(request.user)
            if not access.permissions:  # nothing is filed or decided there
                return view(first, *args, **kwargs)
            return idempotent(request, request.user, access.permissions, lambda: view(first, *args, **kwargs))

        guarded_view.access = access  # type: ignore[attr-defined]
        return guarded_view

    return wrap
