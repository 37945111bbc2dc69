"""REST authentication, permissions, strict JSON and error responses.

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module. The base classes of viewsets are in `rest`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import parse_header_parameters
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hunan_trade.accounts import tokens
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import context
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event
from hunan_trade.web import errors
from hunan_trade.web.access import Access
from hunan_trade.workflow import MoveRefused, Stale

SAFE = {"GET", "HEAD", "OPTIONS"}
MAX_ERRORS_LISTED = 500  # faults told one by one
BODY_LIMIT, DEPTH_LIMIT, DIGITS_LIMIT = 2_500_000, 20, 40
_QUOTED = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL
)  # also without its end: or it would be looked for from each quote
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_DEPTH_CHANGE = {"[": 1, "{": 1, "]": -1, "}": -1}
# What a token may be used to write. A person signs and sends; a program fills.
TOKEN_WRITES = frozenset({Permission.FILL_RETURN})
_REMEDIES = {
    "required": "补上这一项。",
    "null": "填一个值，或去掉这一项。",
    "blank": "填一个值，或去掉这一项。",
    "invalid_choice": "取接口说明所列的值。",
    "does_not_exist": "先查到对方的编号再填。",
    "unknown": "去掉这个参数，可用的见接口说明。",
}
# Where the framework's own words would not be understood.
_WORDS = {
    405: "这个地址不收这种请求，可用的见接口说明。",
    406: "接口只给 JSON，Accept 写 application/json。",
}


# --- Who calls ------------------------------------------------------------------------------------------------------
class TokenAuthentication(BaseAuthentication):
    """Authenticate `Authorization: Bearer hnt_…`; looked up at every request, so a revoked token fails at once."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        keyword, _, secret = request.headers.get("Authorization", "").partition(" ")
        if keyword.casefold() != self.keyword.casefold():
            return None
        token = tokens.find_usable(secret.strip())
        if token is None or not tokens.allows_address(token.networks, context.current().ip):
            _record_refused_token(token or tokens.find_any(secret.strip()))
            raise exceptions.AuthenticationFailed("令牌无效、已吊销、已到期，或不许从这个地址使用。")
        context.set_credential(tokens.secret_digest(secret.strip())[:16])
        if token.user.password_due:
            raise exceptions.PermissionDenied("所代表账号的密码须先修改。", code="password_due")
        tokens.record_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="portal"'


def _record_refused_token(token: Token | None) -> None:
    """Record the use of an invalid token that was once ours; made-up ones are ignored, or they could fill the log."""
    if token is not None:
        reason = "已吊销、已到期、账号停用或地址不许"
        record("token.refused", by=System("未登录"), subject=token, reason=reason, result=Event.Result.REFUSED)


class PortalSessionAuthentication(SessionAuthentication):
    """Authenticate by the browser's session, which the middleware has checked; writes need the CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as refused:
            raise exceptions.PermissionDenied("缺少本页的校验码（X-CSRFToken）。", code="csrf") from refused


# --- What the call may do -------------------------------------------------------------------------------------------
class HasScope(BasePermission):
    """Permission class: checks the view's access rule (`requires` …), then the token's scope."""

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
            errors.record_denial(user, reason)
            raise exceptions.PermissionDenied(f"{reason}。")
        return True


def access_of_action(view: Any, request: Request) -> Access | None:
    """Return the access rule of the viewset's action, else of the viewset."""
    handler = getattr(view, getattr(view, "action", None) or (request.method or "").lower(), None)
    return getattr(handler, "access", None) or getattr(view, "access", None)


def _scope_refusal(request: Request, access: Access) -> str | None:
    if not isinstance(request.auth, Token) or request.method in SAFE:
        return None
    if request.auth.scope != Token.Scope.SUBMIT:
        return "令牌的范围只限读取"
    return None if TOKEN_WRITES & set(access.permissions) else "这件事要由本人登录后办理"


# --- What a body may be ---------------------------------------------------------------------------------------------
class TooLarge(exceptions.APIException):
    status_code, default_code = 413, "too_large"


class WrongCharset(exceptions.APIException):
    status_code, default_code = 415, "charset"
    default_detail = "内容须用 UTF-8 编码。"


class StrictJSON(BaseParser):
    """Parse JSON of at most 2.5 MB and 20 levels in UTF-8, with numbers as Decimal and no value we cannot store."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").casefold() not in {"utf-8", "utf8"}:
            raise WrongCharset
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise TooLarge("内容超过 2.5 MB，分几次发。")
        return strict_json(body)


def strict_json(body: bytes) -> Any:
    """Parse JSON strictly. Raises ParseError with a sentence."""
    try:
        text = body.decode("utf-8")
        if _depth(text) > DEPTH_LIMIT:
            raise exceptions.ParseError(f"内容嵌套超过 {DEPTH_LIMIT} 层。")
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_duplicate_names,
        )
        if "\\u" in text:  # nothing else brings them past the parser
            _refuse_text(value)
        return value
    except (ValueError, ArithmeticError) as wrong:
        raise exceptions.ParseError("内容不是规范的 JSON。") from wrong


def _depth(text: str) -> int:
    """Return the deepest nesting level without recursion."""
    brackets = _NO_BRACKETS.sub("", _QUOTED.sub("", text))
    return max(accumulate(map(_DEPTH_CHANGE.__getitem__, brackets)), default=0)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if len(text) > DIGITS_LIMIT or abs(value.adjusted()) > DIGITS_LIMIT:
        raise ValueError("a number out of all measure")
    return value


def _integer(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise ValueError("a number out of all measure")
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _refuse_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_text(value: Any) -> None:
    """Refuse texts with NUL, which PostgreSQL cannot store, or with lone surrogates."""
    if isinstance(value, str):
        value.encode("utf-8")
        if "\0" in value:
            raise ValueError("NUL in a text")
    elif isinstance(value, dict):
        for name, part in value.items():
            _refuse_text(name)
            _refuse_text(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_text(part)


# --- How refusals read ----------------------------------------------------------------------------------------------
def problem_response(fault: Exception, facts: dict[str, Any]) -> HttpResponse | None:
    """DRF exception handler: an RFC 9457 response, or None for unexpected errors."""
    if isinstance(fault, (MoveRefused, Stale)):
        return errors.problem_json(409, str(fault))
    if isinstance(fault, Http404):
        if isinstance(fault, errors.NotVisible):
            errors.record_denial(facts["request"].user)
        return errors.problem_json(404, "没有这条记录，或不在可看范围内。")
    if isinstance(fault, DjangoPermissionDenied):
        return errors.problem_json(403, "这项工作不在本账号的权限内。")
    if isinstance(fault, exceptions.ValidationError):
        lines = list(_error_entries(fault.get_full_details()))
        words = "内容不合要求，见 errors。" + (
            f"另有 {len(lines) - MAX_ERRORS_LISTED} 处没有列出。" if len(lines) > MAX_ERRORS_LISTED else ""
        )
        return errors.problem_json(400, words, errors=lines[:MAX_ERRORS_LISTED])
    if not isinstance(fault, exceptions.APIException):
        return None
    words = _WORDS.get(fault.status_code, str(fault.detail))
    if isinstance(fault, exceptions.UnsupportedMediaType):
        words = "这里不收这种内容，Content-Type 照接口说明写，一般是 application/json。"
    answer = errors.problem_json(fault.status_code, words, code=str(fault.get_codes()))
    for name, value in (
        ("WWW-Authenticate", getattr(fault, "auth_header", None)),
        ("Retry-After", _retry_after(fault)),
    ):
        if value:
            answer[name] = value
    return answer


def _retry_after(fault: exceptions.APIException) -> str | None:
    wait = getattr(fault, "wait", None)
    return str(int(wait) + 1) if wait is not None else None


def _error_entries(details: Any, field: str = "") -> Any:
    """Flatten DRF's error details to a list of {field, detail, remedy}, the field with its path (rows.3.export_usd)."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        remedy = _REMEDIES.get(details["code"], "按接口说明改正后再发。")
        yield {"field": field, "detail": str(details["message"]), "remedy": remedy}
    elif isinstance(details, dict):
        for name, part in details.items():
            yield from _error_entries(part, field if name == "non_field_errors" else f"{field}.{name}".strip("."))
    else:
        nested = [isinstance(part, dict) and set(part) != {"message", "code"} for part in details]
        for number, part in enumerate(details):
            yield from _error_entries(part, f"{field}.{number}".strip(".") if any(nested) else field)
