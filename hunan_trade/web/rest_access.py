"""Authentication and permission classes of the REST API, for API tokens and browser sessions.

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module. The base class of viewsets is in `rest_viewsets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hunan_trade.accounts import tokens
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import request_metadata
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event
from hunan_trade.web import error_responses
from hunan_trade.web.access_decorators import Access

SAFE = {"GET", "HEAD", "OPTIONS"}
# What a token of each scope may be used to write. A person signs and sends; a program fills and keeps registers.
TOKEN_WRITES: Mapping[str, frozenset[Permission]] = {
    Token.Scope.SUBMIT: frozenset({Permission.FILL_RETURN}),
    Token.Scope.REGISTER: frozenset(
        {
            Permission.MAINTAIN_REGISTERS,
            Permission.REGISTER_ENTERPRISE,
            Permission.ENTER_PROJECT,
            Permission.MOVE_PROJECT,
        }
    ),
}
# What a token may be used to read only with the named scope. A program that was let in before gains none of it.
TOKEN_READS: Mapping[Permission, Token.Scope] = {Permission.SEE_CONTACTS: Token.Scope.CONTACTS}


class PasswordDue(exceptions.PermissionDenied):
    """Raised for an API token whose user must first set a new password."""

    default_code, default_detail = "password_due", "所代表账号的密码须先修改。"


class CsrfTokenMissing(exceptions.PermissionDenied):
    """Raised if a signed-in browser's write request has no valid CSRF token."""

    default_code, default_detail = "csrf", "缺少本页的校验码（X-CSRFToken）。"


# --- Who calls ------------------------------------------------------------------------------------------------------
class TokenAuthentication(BaseAuthentication):
    """DRF authentication by API token, from the header `Authorization: Bearer hnt_…`.

    The token is looked up at every request, so a revoked one fails at once.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        keyword, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if keyword.casefold() != self.keyword.casefold():
            return None
        token = tokens.find_usable_token(secret.strip())
        if token is None or not tokens.allows_address(token.networks, request_metadata.current().ip):
            _record_refused_token(token or tokens.find_token_even_invalid(secret.strip()))
            raise exceptions.AuthenticationFailed("令牌无效、已吊销、已到期，或不许从这个地址使用。")
        request_metadata.set_credential(tokens.secret_digest(secret.strip())[:16])
        if token.user.password_due:
            raise PasswordDue
        token.user.withheld = frozenset(seen for seen, scope in TOKEN_READS.items() if scope != token.scope)
        tokens.update_last_used(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="portal"'


def _record_refused_token(token: Token | None) -> None:
    """Record an audit event about a token that exists but cannot be used, such as an expired token.

    Unknown tokens (None) are not recorded, as made-up ones could fill the log.
    """
    if token is not None:
        reason = "已吊销、已到期、账号停用或地址不许"
        record("token.refused", by=System("未登录"), subject=token, reason=reason, result=Event.Result.REFUSED)


class PortalSessionAuthentication(SessionAuthentication):
    """DRF authentication by the browser's session; writes need a CSRF token as well."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as refused:
            raise CsrfTokenMissing from refused


# --- What the call may do -------------------------------------------------------------------------------------------
class HasScope(BasePermission):
    """DRF permission class that checks the view's access rule for the user, and then the API token's scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = access_of_action(view, request)
        if access is None:
            return False
        if access.public and request.method in SAFE:
            return True
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated("须带令牌，或先登录。")
        if not hasattr(view, (request.method or "").lower()):
            return True  # there is nothing to protect: the view answers 405
        user: User = request.user  # type: ignore[assignment]
        reason = access.refusal(user) or _scope_refusal(request, access)
        if reason is not None:
            error_responses.record_denial(user, reason)
            raise exceptions.PermissionDenied(f"{reason}。")
        return True


def access_of_action(view: Any, request: Request) -> Access | None:
    """Return the access rule of the called viewset action, or the viewset's rule if the action has none."""
    handler = getattr(view, getattr(view, "action", None) or (request.method or "").lower(), None)
    return getattr(handler, "access", None) or getattr(view, "access", None)


def _scope_refusal(request: Request, access: Access) -> str | None:
    if not isinstance(request.auth, Token) or request.method in SAFE:
        return None
    scopes = {scope for scope, permissions in TOKEN_WRITES.items() if permissions & set(access.permissions)}
    if access.by_person:
        scopes = set()
    if request.auth.scope in scopes:
        return None
    if request.auth.scope not in TOKEN_WRITES:
        return "令牌的范围只限读取"
    named = "、".join(Token.Scope(scope).label for scope in sorted(scopes))
    return f"这件事要用范围是“{named}”的令牌" if scopes else "这件事要由本人登录后办理"
