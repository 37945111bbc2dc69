"""Turns exceptions of the REST API into error responses, which are problem documents (RFC 9457).

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from hunan_trade.web import error_responses
from hunan_trade.workflow import MoveRefused, Stale

MAX_ERRORS_LISTED = 500  # faults told one by one
_REMEDIES = {
    "required": "补上这一项。",
    "null": "填一个值，或去掉这一项。",
    "blank": "填一个值，或去掉这一项。",
    "invalid_choice": "取接口说明所列的值。",
    "does_not_exist": "先查到对方的编号再填。",
    "unknown": "去掉这个参数，可用的见接口说明。",
}
# Where the framework's own words would not be understood.
_WORDS: Mapping[type[exceptions.APIException], str] = {
    exceptions.MethodNotAllowed: "这个地址不收这种请求，可用的见接口说明。",
    exceptions.NotAcceptable: "接口只给 JSON，Accept 写 application/json。",
    exceptions.Throttled: "这个令牌调用得太频繁。等 Retry-After 所写的秒数，再接着调用。",
    exceptions.UnsupportedMediaType: "这里不收这种内容，Content-Type 照接口说明写，一般是 application/json。",
}


def problem_response(fault: Exception, facts: dict[str, Any]) -> HttpResponse | None:
    """Return an RFC 9457 response for an exception of the REST API, or None for an unexpected exception."""
    if isinstance(fault, (MoveRefused, Stale)):
        return error_responses.problem_json(409, str(fault))
    if isinstance(fault, Http404):
        if isinstance(fault, error_responses.NotVisible):
            error_responses.record_denial(facts["request"].user)
        return error_responses.problem_json(404, "没有这条记录，或不在可看范围内。")
    if isinstance(fault, DjangoPermissionDenied):
        return error_responses.problem_json(403, "这项工作不在本账号的权限内。")
    if isinstance(fault, exceptions.ValidationError):
        lines = list(_error_entries(fault.get_full_details()))
        words = "内容不合要求，见 errors。" + (
            f"另有 {len(lines) - MAX_ERRORS_LISTED} 处没有列出。" if len(lines) > MAX_ERRORS_LISTED else ""
        )
        return error_responses.problem_json(fault.status_code, words, errors=lines[:MAX_ERRORS_LISTED])
    if not isinstance(fault, exceptions.APIException):
        return None
    words = _WORDS.get(type(fault), str(fault.detail))
    members = getattr(fault, "members", {})  # which some kinds of refusal have beside
    answer = error_responses.problem_json(fault.status_code, words, code=str(fault.get_codes()), **members)
    for name, value in (
        ("WWW-Authenticate", getattr(fault, "auth_header", None)),
        ("Retry-After", _retry_after(fault)),
    ):
        if value:
            answer[name] = value
    return answer


def problem_codes() -> dict[str, str]:
    """Return a dict from each code that an API error response may have to a sentence that explains it.

    They are the codes of all exceptions of the API. Faults of single fields have none.
    """
    kinds = [exceptions.APIException]
    for kind in kinds:
        kinds += [each for each in kind.__subclasses__() if each is not exceptions.ValidationError]
    return {str(kind.default_code): _WORDS.get(kind, str(kind.default_detail)) for kind in reversed(kinds)}


def _retry_after(fault: exceptions.APIException) -> str | None:
    wait = getattr(fault, "wait", None)
    return str(int(wait) + 1) if wait is not None else None


def _error_entries(details: Any, field: str = "") -> Any:
    """Yield a dict with field, detail and remedy for each error in DRF's nested error details.

    The field has its path, such as rows.3.export_usd.
    """
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        remedy = _REMEDIES.get(details["code"], "按接口说明改正后再发。")
        yield {"field": field, "detail": str(details["message"]), "remedy": remedy}
    elif isinstance(details, dict):
        for name, part in details.items():
            yield from _error_entries(part, field if name == "non_field_errors" else f"{field}.{name}".strip("."))
    else:
        nested = [isinstance(part, dict) and set(part) != {"message", "code"} for part in details]
        for number, part in enumerate(details):
            yield from _error_entries(part, f"{field}.{number}".strip(".") if any(nested) else field)
