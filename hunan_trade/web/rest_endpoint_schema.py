"""Describes hand-written REST endpoints for OpenAPI, with the error responses that all of them share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from hunan_trade.web.rest_problem_schemas import error_header_schemas, error_response_schemas

READ = (400, 401, 403, 404)
WRITE = (*READ, 409, 412, 413, 415, 422, 428)


class EndpointSchema(AutoSchema):
    """drf-spectacular schema class that adds the endpoint's possible error responses."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        described: dict[str, Any] = super()._get_response_bodies(direction)
        for (status, media_type), problem in error_response_schemas(*(READ if self.method == "GET" else WRITE)).items():
            body = self._get_response_for_code(problem, str(status), [media_type], direction)  # type: ignore[no-untyped-call]
            described.setdefault(str(status), body)
        return described

    def _get_response_headers_for_code(self, status_code: str, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_headers_for_code(status_code, direction)
        return found | error_header_schemas(status_code)
