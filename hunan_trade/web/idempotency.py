"""A request that is sent again does its work once: `Idempotency-Key`, or a form's hidden `idempotency_key`.

Every view that asks for a permission stands behind `once` (see access). The answer is kept in the transaction of the
effect, so there is never one without the other: whoever got no answer sends the same again, as often as needed, and
that includes us, when the database broke the transaction off. Refusals are not kept: a retry is judged anew.
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
from hunan_trade.web import errors, faults
from hunan_trade.web.models import StoredResponse

FIELD = "idempotency_key"
SHORTEST, LONGEST = 8, 200
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What these answer shows a token or a code for the only time; a copy of it must lie nowhere.
SHOWN_ONCE = frozenset(
    {Permission.MANAGE_ACCOUNTS, Permission.RELEASE_CODES, Permission.MANAGE_TOKENS, Permission.GIVE_ROLES}
)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
WAIT = 2  # seconds after which a repeat is told to ask again; its lock gives up by the connection's lock_timeout

Call = Callable[[], HttpResponseBase]


class _StillRunning(Exception):
    """The same request is under way elsewhere."""


def idempotent(request: HttpRequest, user: User, permissions: Iterable[Permission], call: Call) -> HttpResponseBase:
    """The answer of `call`, or the one that it gave before. `request` is Django's own."""
    if request.method in SAFE or SHOWN_ONCE & set(permissions):
        return call()
    key = request.headers.get("Idempotency-Key") or (request.POST.get(FIELD) if _is_form(request) else None)
    if key is None:
        return call()
    if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        return errors.answer(request, 400, f"Idempotency-Key 须为 {SHORTEST} 至 {LONGEST} 个可见的英文字符。")
    try:
        return _patiently(request, lambda: _idempotent(request, user, key, call))
    except _StillRunning:
        answer = errors.answer(request, 409, "同一请求正在办理。稍候再看结果。")
        answer["Retry-After"] = str(WAIT)
        return answer


def _patiently(request: HttpRequest, attempt: Call) -> HttpResponseBase:
    """Again, a few times, when the database broke off what it had not done; the key makes sure of "not done"."""
    own = not connection.in_atomic_block
    for left in reversed(range(faults.ATTEMPTS)):
        try:
            return attempt()
        except DatabaseError as fault:
            if not (own and left and faults.passes(fault)):
                raise
            faults.reconnect()
        _rewind(request)
        time.sleep(random.uniform(0.02, 0.15))
    raise AssertionError("the last attempt answers or raises")


def _idempotent(request: HttpRequest, user: User, key: str, call: Call) -> HttpResponseBase:
    with transaction.atomic():
        _wait_for_turn(user, key)
        kept = StoredResponse.objects.unexpired().filter(account=user, key=key).first()
        fingerprint = fingerprint_of(request, user)
        if kept is not None:
            return _again(request, kept, fingerprint)
        answer = call()
        if answer.status_code >= 500:
            transaction.set_rollback(True)
        elif _is_worth_keeping(answer):
            StoredResponse.objects.expired().filter(account=user, key=key).delete()
            StoredResponse.objects.create(
                account=user,
                key=key,
                fingerprint=fingerprint,
                status=answer.status_code,
                headers=_headers(answer),
                body=_body(answer),
                notes=[[note.level, str(note.message)] for note in _said(request)],
            )
        return answer


def _wait_for_turn(user: User, key: str) -> None:
    """Repeats stand in line until the first has ended; the lock goes with the transaction."""
    number = int.from_bytes(hashlib.sha256(f"{user.pk} {key}".encode()).digest()[:8], signed=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    except OperationalError as fault:
        if getattr(fault.__cause__, "pgcode", "") == "55P03":
            raise _StillRunning from fault
        raise


def fingerprint_of(request: HttpRequest, user: User) -> str:
    """SHA-256 of method, address, content and the sender's rights. Of a form the fields: boundaries and page tokens change.

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
    return request.content_type in FORMS


def _is_worth_keeping(answer: Any) -> bool:
    """Effects end in a redirect or in JSON; a page that is shown at once is a form with what is wrong in it."""
    if answer.status_code >= 400 or getattr(answer, "streaming", False):
        return False
    return answer.status_code >= 300 or hasattr(answer, "data") or "json" in answer.get("Content-Type", "")


def _headers(answer: Any) -> dict[str, str]:
    kept = {name: answer[name] for name in KEPT_HEADERS if answer.has_header(name)}
    return kept | {"Content-Type": "application/json"} if hasattr(answer, "data") else kept


def _body(answer: Any) -> bytes:
    """A REST answer is rendered only after its view."""
    if not hasattr(answer, "data"):
        return bytes(answer.content)
    return JSONRenderer().render(answer.data) if answer.data is not None else b""


def _again(request: HttpRequest, kept: StoredResponse, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        return errors.answer(
            request, 422, "这个 Idempotency-Key 已用于另一请求，或是换岗之前用的，本次没有办理。换一个再发。"
        )
    answer = HttpResponse(bytes(kept.body), status=kept.status, headers=kept.headers)
    answer["Idempotency-Replayed"] = "true"
    for level, text in kept.notes:
        messages.add_message(request, level, text)
    return answer


def _said(request: HttpRequest) -> list[Any]:
    """What the view has put by for the next page."""
    return list(getattr(getattr(request, "_messages", None), "_queued_messages", ()))


def _rewind(request: HttpRequest) -> None:
    """As it was before the first attempt: nothing said, files at their beginning."""
    if storage := getattr(request, "_messages", None):
        storage._queued_messages.clear()
    for files in request.FILES.lists() if _is_form(request) else ():
        for file in files[1]:
            file.seek(0)


def forget_expired() -> int:
    """Answers past their time; their keys may be used anew. The number removed."""
    return StoredResponse.objects.expired().delete()[0]
