"""View of /healthz, the health check for load balancers, monitoring and `make up`."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from hunan_trade.jobs import system_health
from hunan_trade.web.access_decorators import public


@public("asked by machines; says only whether the parts answer")
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return the health of database, broker and workers as JSON, with status 200 or 503.

    {status, database, broker, ping_age_seconds, oldest_write_seconds}

    `?worker=` (up to 10 times) names a worker or beat: `silent` then lists those of them that do not answer.
    `oldest_write_seconds` is how far the changes feeds may lag: they wait for the end of the oldest open transaction that
    has written (0 without any).
    `unreadable_files` counts stored files that are damaged or missing; without any it is not there.
    """
    names = request.GET.getlist("worker")[:10]
    health = system_health.check_health(names)
    parts = {
        "status": "ok" if health.is_good else "failing",
        "database": health.database,
        "broker": health.broker,
        "ping_age_seconds": None if health.silence is None else int(health.silence.total_seconds()),
        "oldest_write_seconds": int(health.oldest_write.total_seconds()) if health.database else None,
        **({"silent": health.silent} if names else {}),
        **({"unreadable_files": health.unreadable_files} if health.unreadable_files else {}),
    }
    return JsonResponse(parts, status=200 if health.is_good else 503)
