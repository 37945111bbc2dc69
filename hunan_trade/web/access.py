"""The access decision of every view, in two questions: may this person do this, and does this row exist for them?

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
from hunan_trade.web import errors
from hunan_trade.web.idempotency import idempotent
from hunan_trade.workbooks import clients

View = TypeVar("View", bound=Callable[..., Any] | type)
Row = TypeVar("Row", bound=Model)
METHODS = ("GET", "HEAD", "POST")  # what browsers send; a page that only shows something says @require_safe besides


@dataclass(frozen=True)
class Access:
    """What a view asks for. No permissions and no reason: any account will do."""

    permissions: tuple[Permission, ...] = ()
    public: str = ""

    def refusal(self, user: User | Anonymous) -> str | None:
        """Why this user may not, as a sentence for them; None if they may. Anonymous users are for the caller."""
        if self.public or not self.permissions or any(user.may(permission) for permission in self.permissions):
            return None
        return f"本页需要“{'”或“'.join(permission.label for permission in self.permissions)}”的权限"


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Admit who has any of the permissions. For one action of a viewset, put it on the method: it then stands alone."""
    if not permissions:
        raise ValueError("requires() names at least one permission; for any account there is signed_in()")
    return _marker(Access(permissions=permissions))


def signed_in(reason: str) -> Callable[[View], View]:
    """Admit every account; `reason` says in the code why no permission is asked for."""
    if not reason:
        raise ValueError("signed_in() says why")
    return _marker(Access())


def public(reason: str) -> Callable[[View], View]:
    """Admit everybody; `reason` says in the code why."""
    if not reason:
        raise ValueError("public() says why")
    return _marker(Access(public=reason))


def polling(view: View) -> View:
    """Mark a view that pages call by themselves: it does not keep an idle session alive."""
    view.polling = True  # type: ignore[union-attr]
    return view


def access_of(callback: Any) -> Access | None:
    """The decision of a resolved view, whatever kind it is; None if nobody took one."""
    for holder in (callback, getattr(callback, "view_class", None), getattr(callback, "cls", None)):
        if isinstance(access := getattr(holder, "access", None), Access):
            return access
    return None


def get_visible(queryset: QuerySet[Row], user: User, **lookup: Any) -> Row:
    """The row, if it exists for this user; else Http404, the same for "not yours" and "not there"."""
    try:
        row: Row = get_object_or_404(queryset.visible_to(user), **lookup)  # type: ignore[attr-defined]
        return row
    except (ValueError, OverflowError) as unusable:
        raise Http404 from unusable
    except Http404:
        if queryset.filter(**lookup).exists():
            raise errors.NotYours from None  # the same answer; the log is told
        raise


def _is_rest(view: Any) -> bool:
    """A class or instance of rest_framework's APIView, which cannot be imported here: it imports `api`, that this."""
    return hasattr(view, "initialize_request")


def _share_of(user: User | Anonymous) -> None:
    """Whatever files are read in this request are read out of this account's and this city's share of the readers."""
    if user.is_authenticated:
        clients.identify(account=str(user.pk), city=user.region_id or "")


def _marker(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if isinstance(view, type):
            if not _is_rest(view):  # REST views ask HasScope, which reads the mark
                method_decorator(_guarded(access), name="dispatch")(view)
            view.access = access  # type: ignore[attr-defined]
            return view
        guarded: View = _guarded(access)(view)
        return guarded

    return mark


def _guarded(access: Access) -> Callable[[Any], Any]:
    def guard(view: Callable[..., HttpResponseBase]) -> Any:
        @wraps(view)
        def guarded(first: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _is_rest(first):  # HasScope has looked at the mark
                asked = args[0]
                _share_of(asked.user)
                return idempotent(asked._request, asked.user, access.permissions, lambda: view(first, *args, **kwargs))
            request: Any = first if isinstance(first, HttpRequest) else args[0]
            if not access.public and not request.user.is_authenticated:
                return errors.sign_in_first(request)
            if (reason := access.refusal(request.user)) is not None:
                return errors.refused(request, reason)
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            _share_of(request.user)
            if not access.permissions:  # nothing is filed or decided there
                return view(first, *args, **kwargs)
            return idempotent(request, request.user, access.permissions, lambda: view(first, *args, **kwargs))

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return guard
