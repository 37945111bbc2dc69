"""Functions that start, check and end the sessions of signed-in browsers.

Idle and absolute expiry are decided here, by the server's own clock.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from hunan_trade import clock
from hunan_trade.accounts.models import SessionRecord, User


def session_key_digest(session_key: str) -> str:
    """Return a hash of a session key for the audit log, which must not contain the key itself."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


@transaction.atomic
def sign_in(session: SessionBase, user: User, *, ip: str | None, browser: str) -> SessionRecord:
    """Start a new session for a user, and end the user's oldest sessions if there are too many."""
    User.objects.select_for_update().get(pk=user.pk)
    session.flush()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = ""
    session.create()
    for extra in SessionRecord.objects.filter(user=user).order_by("-started_at")[settings.SESSIONS_PER_ACCOUNT - 1 :]:
        delete_session(extra)
    return _get_or_create_record(session, user, ip=ip, browser=browser)


def find_valid_session(session: SessionBase, *, ip: str | None, browser: str) -> SessionRecord | None:
    """Return the SessionRecord of a signed-in session; delete an expired or invalid session and return None."""
    user_id, key = session.get(SESSION_KEY), session.session_key
    if user_id is None or key is None:
        return None
    record = SessionRecord.objects.select_related("user__region").filter(session_key=key).first()
    if record is None and (user := User.objects.select_related("region").filter(pk=user_id).first()) is not None:
        record = _get_or_create_record(session, user, ip=ip, browser=browser)  # opened by the framework's own login()
    if record is None or str(record.user_id) != str(user_id) or _has_ended(record):
        session.flush()
        if record is not None:
            record.delete()
        return None
    return record


def update_last_seen(record: SessionRecord) -> None:
    """Set a session's time of last use to now, at most once in half a minute."""
    now = clock.real_now()
    if now - record.seen_at > min(timedelta(seconds=30), settings.SESSION_IDLE / 20):
        SessionRecord.objects.filter(pk=record.pk).update(seen_at=now)


def delete_session(record: SessionRecord) -> None:
    """Delete a session, which signs its browser out."""
    Session.objects.filter(session_key=record.session_key).delete()
    record.delete()


def delete_all_sessions(user: User) -> int:
    """Delete all sessions of an account; return the number of deleted sessions."""
    records = list(SessionRecord.objects.filter(user=user))
    for record in records:
        delete_session(record)
    return len(records)


@transaction.atomic
def delete_expired_sessions() -> int:
    """Delete all expired sessions; return the number of deleted sessions."""
    now = clock.real_now()
    ended = SessionRecord.objects.filter(
        Q(seen_at__lt=now - settings.SESSION_IDLE) | Q(started_at__lt=now - settings.SESSION_ABSOLUTE)
    )
    keys = list(ended.values_list("session_key", flat=True))
    SessionRecord.objects.filter(session_key__in=keys).delete()
    removed, _ = Session.objects.filter(Q(session_key__in=keys) | Q(expire_date__lt=now)).delete()
    return removed


def _get_or_create_record(session: SessionBase, user: User, *, ip: str | None, browser: str) -> SessionRecord:
    now = clock.real_now()
    record, _ = SessionRecord.objects.get_or_create(
        session_key=session.session_key,
        defaults={
            "user": user,
            "epoch": user.session_epoch,
            "started_at": now,
            "seen_at": now,
            "ip": ip,
            "browser": browser,
        },
    )
    return record


def _has_ended(record: SessionRecord) -> bool:
    now, user = clock.real_now(), record.user
    return (
        not user.is_active
        or record.epoch != user.session_epoch
        or now - record.seen_at > settings.SESSION_IDLE
        or now - record.started_at > settings.SESSION_ABSOLUTE
    )
