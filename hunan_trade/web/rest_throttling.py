"""Limits how many calls each API token may make in a minute, counting the calls in Redis.

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
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
COUNTED_AT_ONCE = 10  # so that nine calls in ten do not wait for Redis


class TokenThrottle(BaseThrottle):
    """DRF throttle that allows each API token `settings.API_CALLS_A_MINUTE` calls in a minute.

    All processes count together, by the minute of the clock; DRF's own throttle and Django's cache take four times as
    long as this one command. A process reports its calls to Redis by tens, so that each further process may let
    COUNTED_AT_ONCE - 1 calls more pass, and none is refused too early. Calls of a signed-in browser are not counted,
    and without Redis none are.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Token):
            return True
        minute, self.passed = divmod(int(clock.real_now().timestamp()), MINUTE)
        try:
            return _count_call(request.auth.prefix, minute) <= settings.API_CALLS_A_MINUTE
        except RedisError as failure:
            log.warning("calls of the API are not counted: %s", failure)
            return True

    def wait(self) -> float:
        return MINUTE - self.passed


@dataclass
class _Calls:
    """An API token's calls in one minute: the count in Redis, and this process's calls not yet added to it."""

    minute: int
    counted: int = 0
    later: int = 0


_calls: dict[str, _Calls] = {}  # by the token's prefix


def _count_call(prefix: str, minute: int) -> int:
    """Count one call of an API token; return how many calls in this minute are known to this process."""
    calls = _calls.get(prefix)
    if calls is None or calls.minute != minute:
        calls = _calls[prefix] = _Calls(minute)
    calls.later += 1
    if calls.counted == 0 or calls.later >= COUNTED_AT_ONCE:
        reported, calls.later, calls.counted = calls.later, 0, 0  # 0 while Redis is asked: other threads ask, too
        calls.counted = _add_calls_in_redis(f"api-calls:{prefix}:{minute}", reported)
    return calls.counted + calls.later


def _add_calls_in_redis(key: str, number: int) -> int:
    """Add `number` calls to a counter in Redis and return the counter's new value."""
    client = _client(settings.REDIS_URL)
    calls = int(client.incrby(key, number))
    if calls == number:
        client.expire(key, MINUTE)
    return calls


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
