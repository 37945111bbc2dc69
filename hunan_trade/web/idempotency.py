"""Ensures that requests with the same idempotency key take effect only once and get the same response.

Every view that asks for a permission is wrapped by `idempotent` (see access). The answer is stored in the transaction
of the effect, so there is never one without the other: whoever got no answer sends the same again, as often as needed,
and that includes us, when the database broke the transaction off. Refusals are not stored: a retry is judged anew.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.web import error_responses, outage_detection
from hunan_trade.web.models import StoredResponse

FIELD = "idempotency_key"
SHORTEST, LONGEST = 8, 200
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What these answer shows a token or a code for the only time; a copy of it must lie nowhere.
SHOWN_ONCE = frozenset(
    {Permission.MANAGE_ACCOUNTS, Permission.RELEASE_CODES, Permission.MANAGE_TOKENS, Permission.GIVE_ROLES}
)
STORED_HEADERS = ("Content-Type", "Location", "ETag")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
RETRY_AFTER = 2  # seconds after which a repeat is told to ask again; its lock gives up by the connection's lock_timeout

Call = Callable[[], HttpResponseBase]


class _StillRunning(Exception):
    """Raised if an earlier request with the same idempotency key is still being handled."""


def idempotent(request: HttpRequest, user: User, permissions: Iterable[Permission], call: Call) -> HttpResponseBase:
    """Return the response stored for the request's idempotency key, or call the view if none is stored.

    `call` calls the view. Without a key, it is always called.

    `request` is Django's.
    """
    if request.method in SAFE or SHOWN_ONCE & set(permissions):
        return call()
    key = request.headers.get("Idempotency-Key")
    if key is None and _is_form(request):
        key = request.POST.get(FIELD)
    if key is None:
        return call()
    if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        return error_responses.error_response(
            request, 400, f"Idempotency-Key 须为 {SHORTEST} 至 {LONGEST} 个可见的英文字符。"
        )
    try:
        return _with_retries(request, lambda: _respond_once_per_key(request, user, key, call))
    except _StillRunning:
        answer = error_responses.error_response(request, 409, "同一请求正在办理。稍候再看结果。")
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer


def _with_retries(request: HttpRequest, attempt: Call) -> HttpResponseBase:
    """Call `attempt` and return its result; repeat it up to twice if the database fails temporarily."""
    own = not connection.in_atomic_block
    for left in reversed(range(outage_detection.ATTEMPTS)):
        try:
            return attempt()
        except DatabaseError as fault:
            if not (own and left and outage_detection.is_temporary(fault)):
                raise
            outage_detection.reconnect()
        _reset_request(request)
        time.sleep(random.uniform(0.02, 0.15))
    raise AssertionError("the last attempt answers or raises")


def _respond_once_per_key(request: HttpRequest, user: User, key: str, call: Call) -> HttpResponseBase:
    """Return the response stored for this idempotency key, or call the view and store its response.

    `call` calls the view.
    """
    with transaction.atomic():
        _lock_key(user, key)
        stored = StoredResponse.objects.unexpired().filter(account=user, key=key).first()
        fingerprint = request_fingerprint(request, user)
        if stored is not None:
            return _replay(request, stored, fingerprint)
        answer = call()
        if answer.status_code >= 500:
            transaction.set_rollback(True)
        elif _is_storable(answer):
            StoredResponse.objects.expired().filter(account=user, key=key).delete()
            StoredResponse.objects.create(
                account=user,
                key=key,
                fingerprint=fingerprint,
                status=answer.status_code,
                headers=_headers_to_store(answer),
                body=_body_bytes(answer),
                notes=[[note.level, str(note.message)] for note in _queued_messages(request)],
            )
        return answer


def _lock_key(user: User, key: str) -> None:
    """Lock an idempotency key until the transaction ends, so that a repeated request waits."""
    number = int.from_bytes(hashlib.sha256(f"{user.pk} {key}".encode()).digest()[:8], signed=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    except OperationalError as fault:
        if getattr(fault.__cause__, "pgcode", "") == "55P03":
            raise _StillRunning from fault
        raise


def request_fingerprint(request: HttpRequest, user: User) -> str:
    """Return a hash of the request's method, URL and content and of the user's role and region.

    Of a form it covers the fields without tokens and boundaries.

    What an account sees follows from its role and region alone: with others, what it was once answered is not its own.
    """
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n{user.role} {user.region_id}\n".encode())
    if not _is_form(request):
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        if name not in (FIELD, "csrfmiddlewaretoken"):
            digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            content = hashlib.sha256(b"".join(file.chunks())).hexdigest()
            file.seek(0)
            digest.update(repr((name, file.name, content)).encode())
    return digest.hexdigest()


def _is_form(request: HttpRequest) -> bool:
    return request.content_type in FORM_TYPES


def _is_storable(answer: Any) -> bool:
    """Return whether a response may be stored under its idempotency key: JSON and redirects may, errors may not.

    A page shown at once is a form with errors.
    """
    if answer.status_code >= 400 or getattr(answer, "streaming", False):
        return False
    return answer.status_code >= 300 or hasattr(answer, "data") or "json" in answer.get("Content-Type", "")


def _headers_to_store(answer: Any) -> dict[str, str]:
    stored = {name: answer[name] for name in STORED_HEADERS if answer.has_header(name)}
    return stored | {"Content-Type": "application/json"} if hasattr(answer, "data") else stored


def _body_bytes(answer: Any) -> bytes:
    """Return the response's content as bytes, rendering a REST response if needed."""
    if not hasattr(answer, "data"):
        return bytes(answer.content)
    return JSONRenderer().render(answer.data) if answer.data is not None else b""


def _replay(request: HttpRequest, stored: StoredResponse, fingerprint: str) -> HttpResponse:
    """Return the stored response, or a 422 response if the key was used for a request with different content."""
    if stored.fingerprint != fingerprint:
        return error_responses.error_response(
            request, 422, "这个 Idempotency-Key 已用于另一请求，或是换岗之前用的，本次没有办理。换一个再发。"
        )
    answer = HttpResponse(bytes(stored.body), status=stored.status, headers=stored.headers)
    answer["Idempotency-Replayed"] = "true"
    for level, text in stored.notes:
        messages.add_message(request, level, text)
    return answer


def _queued_messages(request: HttpRequest) -> list[Any]:
    """Return the messages (django.contrib.messages) that the view queued for the next page."""
    return list(getattr(getattr(request, "_messages", None), "_queued_messages", ()))


def _reset_request(request: HttpRequest) -> None:
    """Clear queued messages and rewind uploaded files, so that the view can be called again."""
    if storage := getattr(request, "_messages", None):
        storage._queued_messages.clear()
    for files in request.FILES.lists() if _is_form(request) else ():
        for file in files[1]:
            file.seek(0)


def delete_expired_responses() -> int:
    """Delete responses stored for idempotency keys 48 hours ago or earlier; return how many were deleted."""
    return StoredResponse.objects.expired().delete()[0]
