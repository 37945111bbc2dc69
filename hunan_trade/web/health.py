"""View of /healthz, the health check for load balancers, monitoring and `make up`."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from hunan_trade.jobs import system_health
from hunan_trade.web.access import public

LONG_WRITE = timedelta(minutes=1)


@public("asked by machines; says only whether the parts answer")
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return the health of database, broker and workers as JSON, with status 200 or 503.

    {status, database, broker, ping_age_seconds}

    `?worker=` (up to 10 times) names a worker or beat: `silent` then lists those of them that do not answer.
    `oldest_write_seconds` is there where a transaction has been writing for a minute: changes feeds wait for its end.
    `unreadable_files` counts stored files that are damaged or missing; without any it is not there.
    """
    names = request.GET.getlist("worker")[:10]
    health = system_health.health(names)
    oldest = health.oldest_write
    parts = {
        "status": "ok" if health.is_good else "failing",
        "database": health.database,
        "broker": health.broker,
        "ping_age_seconds": None if health.silence is None else int(health.silence.total_seconds()),
        **({"silent": health.silent} if names else {}),
        **({"oldest_write_seconds": int(oldest.total_seconds())} if oldest >= LONG_WRITE else {}),
        **({"unreadable_files": health.unreadable_files} if health.unreadable_files else {}),
    }
    return JsonResponse(parts, status=200 if health.is_good else 503)
