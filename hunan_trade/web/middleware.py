"""Middleware for request ids, security headers, the signed-in user, and responses to refused actions."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, RawPostDataException
from django.utils.cache import get_conditional_response, set_response_etag

from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import Anonymous
from hunan_trade.audit import request_metadata
from hunan_trade.audit.request_metadata import RequestMetadata
from hunan_trade.files.models import UnreadableFile
from hunan_trade.web import error_responses
from hunan_trade.web.access_decorators import access_of
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workbooks import current_requester
from hunan_trade.workbooks.current_requester import ClientGone
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workflow import MoveRefused, Stale

Answer = Callable[[HttpRequest], HttpResponseBase]

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def request_context(get_response: Answer) -> Answer:
    """Middleware that gives each request an id, and makes id, IP address and path available to logs and audit.

    The data are id, client's IP address and path. File readers are told when the client leaves.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        facts = RequestMetadata(
            request_id=str(uuid.uuid4()), ip=client_ip(request), method=request.method or "", path=request.path
        )
        with (
            request_metadata.request_context(facts),
            current_requester.requester_context(request.META.get("waitress.client_disconnected")),
        ):
            response = get_response(request)
        response["X-Request-ID"] = facts.request_id
        return response

    return middleware


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's IP address as reported by the outermost trusted proxy.

    TRUSTED_PROXIES says how many there are; what a client writes itself is never used.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        address = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def security_headers(get_response: Answer) -> Answer:
    """Middleware that adds security headers to every response, and Cache-Control to all but static files."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(error_responses.API_ROOT):
            response.headers["Cache-Control"] = "private, no-cache"
            response = _not_modified_if_same(request, response)
        elif not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware


def _not_modified_if_same(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a 304 response if the API client sent the response's ETag, else the response itself.

    The tag is the hash of the body.
    """
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or response.streaming:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response)  # type: ignore[arg-type, return-value]


def signed_in_user(get_response: Answer) -> Answer:
    """Middleware that sets `request.user` to the session's user, or to Anonymous without a valid session."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        session_record = sessions.find_valid_session(
            request.session, ip=request_metadata.current().ip, browser=user_agent(request)
        )
        request.user = session_record.user if session_record else Anonymous()  # type: ignore[assignment]
        request.session_record = session_record  # type: ignore[attr-defined]
        if session_record:
            request_metadata.set_credential(sessions.session_key_digest(session_record.session_key))
        response = get_response(request)
        if session_record and not _is_poll(request):
            sessions.update_last_seen(session_record)
        return response

    def process_view(request: PortalRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated or not user.password_due or getattr(view, "open_with_due_password", False):
            return None
        access = access_of(view)
        return None if access is not None and access.public else error_responses.password_due_response(request)

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def user_agent(request: HttpRequest) -> str:
    """Return the request's User-Agent header, cut to 200 characters, the length of the database column."""
    return str(request.META.get("HTTP_USER_AGENT", ""))[:200]


def _is_poll(request: HttpRequest) -> bool:
    """Return whether the request was sent by a page in the background, without an action of the user."""
    match = request.resolver_match
    return request.headers.get("X-Portal-Poll") == "1" or (match is not None and getattr(match.func, "polling", False))


def refusal_responses(get_response: Answer) -> Answer:
    """Middleware that converts exceptions by which actions are refused, such as `Stale`, to error responses.

    A method that the URL does not allow gets one as well; Django's own response to that is an empty page.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            told = error_responses.method_not_allowed_response(request)
            told["Allow"] = response["Allow"]
            return told
        return response

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (MoveRefused, Stale)):
            return error_responses.conflict_response(request, str(exception))
        if isinstance(exception, WorkbookRefused):  # a kept file that can no longer be read, or no longer fits
            return error_responses.error_response(request, 422, exception.message)
        if isinstance(exception, UnreadableFile):
            return error_responses.unreadable_file_response(request, exception)  # type: ignore[arg-type]
        if isinstance(exception, ClientGone):
            return HttpResponse(status=499, reason="Client Closed Request")
        if isinstance(exception, RawPostDataException):  # a form where JSON belongs
            return error_responses.bad_request(request, exception)
        return None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
