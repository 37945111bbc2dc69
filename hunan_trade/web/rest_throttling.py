"""The rate limit of the REST API, which counts the calls of each API token in Redis.

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hunan_trade import clock
from hunan_trade.accounts.models import Token

log = logging.getLogger(__name__)
MINUTE = 60


class TokenThrottle(BaseThrottle):
    """DRF throttle that allows each API token settings.API_CALLS_A_MINUTE calls.

    All processes count together, by the minute of the clock; DRF's own throttle and Django's cache take four times as
    long as this one command. Calls of a signed-in browser are not counted, and without Redis none are.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Token):
            return True
        minute, self.passed = divmod(int(clock.real_now().timestamp()), MINUTE)
        try:
            return _count_call(f"api-calls:{request.auth.prefix}:{minute}") <= settings.API_CALLS_A_MINUTE
        except RedisError as failure:
            log.warning("calls of the API are not counted: %s", failure)
            return True

    def wait(self) -> float:
        return MINUTE - self.passed


def _count_call(key: str) -> int:
    """Raise the count of calls in Redis by one and return the count."""
    client = _client(settings.REDIS_URL)
    calls = int(client.incr(key))
    if calls == 1:
        client.expire(key, MINUTE)
    return calls


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
