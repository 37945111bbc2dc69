"""Base class of the REST API's viewsets, and the OpenAPI description of how clients authenticate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.cache import get_conditional_response
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import mixins, renderers, viewsets
from rest_framework.request import Request

from hunan_trade.web.rest_access import TOKEN_READS


class ReadOnlyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Base class of viewsets that list and show the rows which the caller may see.

    A view names `queryset` (whose class offers `visible_to`), `serializer_class`, `ordering` (columns that are never
    null), `filterset_class` where there are filters, and carries @requires. Tables that are nobody's own, such as the
    regions, set `reference = True` and need no `visible_to`. A list with a `version` of its rows answers 304 before
    they are read; another release answers anew (ADR 11).
    """

    reference = False
    ordering: tuple[str, ...] = ()
    version: Callable[[], str] | None = None

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if self.version is None:
            return super().list(request, *args, **kwargs)
        tag = version_etag(request, self.version())
        answer = get_conditional_response(request._request, etag=tag) or super().list(request, *args, **kwargs)
        answer["ETag"] = tag
        return answer

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if self.reference else rows.visible_to(self.request.user)  # type: ignore[attr-defined]


class AnyTypeRenderer(renderers.JSONRenderer):
    """Renderer that accepts every media type a client requests, for endpoints that return files."""

    media_type = "*/*"


def version_etag(request: Request, *version: object) -> str:
    """Return an ETag formed from `version`, the portal's release, the URL, and the user's id and rights."""
    user: Any = request.user
    facts = (
        *version,
        settings.VERSION,
        request.build_absolute_uri(),
        user.pk,
        user.role,
        user.region_id,
        *sorted(user.withheld),
    )
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def _scope_sentence() -> str:
    """Return Chinese sentences for the API description: which data only tokens of a certain scope may read."""
    return "".join(f"“{seen.label}”只限范围是“{scope.label}”的令牌。" for seen, scope in TOKEN_READS.items())


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "hunan_trade.web.rest_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": f"接口令牌。{_scope_sentence()}"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "hunan_trade.web.rest_access.PortalSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "已登录的浏览器"}
