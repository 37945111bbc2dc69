"""Defines PortalRequest, the type of the requests that views receive; its `user` is the portal's User.

Annotate views with it. Behind @requires and @signed_in the user is an account; on a @public view it may be `Anonymous`,
which answers the same questions.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from hunan_trade.accounts.models import SessionRecord, User


class PortalRequest(HttpRequest):
    user: User
    session_record: SessionRecord | None
    htmx: Any
