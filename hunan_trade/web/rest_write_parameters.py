"""Functions that read and describe the parameters of writing REST endpoints, such as If-Match and dry_run."""

from __future__ import annotations

import re
from collections.abc import Collection

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request

from hunan_trade.web.idempotency import LONGEST, SHORTEST

_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})(?:-[0-9a-f]+)?"')
ANY_VERSION = "*"

DRY_RUN_PARAMETER = OpenApiParameter("dry_run", OpenApiTypes.BOOL, description="1 表示只检查，不保存")
IDEMPOTENCY_KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^[ -~]{{{SHORTEST},{LONGEST}}}$"},
    OpenApiParameter.HEADER,
    description=f"{SHORTEST} 至 {LONGEST} 个英文字符；没有收到应答时带同一个再发，不会办两次",
)
IF_MATCH_PARAMETER = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": f"^{_TAG.pattern}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="读取时的 ETag，只比其中的版本。已被他人改动答 412，说明谁在何时改的",
)


class VersionMissing(exceptions.APIException):
    status_code, default_code = 428, "if_match"
    default_detail = "写入须带 If-Match，值为读取时的 ETag。"


def expected_version(request: Request, *, any_version: bool = False) -> int | None:
    """Return the record version in the request's If-Match header, or None for `*`.

    `*` is for where the caller may write unseen.
    """
    if_match = request.headers.get("If-Match", "").strip()
    if not if_match or (if_match == ANY_VERSION and not any_version):
        raise VersionMissing
    if if_match == ANY_VERSION:
        return None
    if not (tag := _TAG.fullmatch(if_match)):
        raise exceptions.ParseError("If-Match 写读取时的 ETag，带引号。")
    return int(tag[1])


def refuse_unknown_parameters(request: Request, *, known: Collection[str] = ()) -> None:
    """Raise ValidationError if a query parameter is not in `known`."""
    fault = exceptions.ErrorDetail("没有这个参数。", code="unknown")
    if unknown := sorted(set(request.query_params) - set(known)):
        raise exceptions.ValidationError({name: [fault] for name in unknown})


def is_dry_run(request: Request, *, known: Collection[str] = ("dry_run",)) -> bool:
    """Return whether the query parameter `dry_run` is 1 or true: check the request, save nothing.

    Raises ValidationError for query parameters that are not `known`. An unknown one may be a misspelled dry_run.
    """
    refuse_unknown_parameters(request, known=known)
    if twice := sorted(name for name, values in request.query_params.lists() if len(values) > 1):
        raise exceptions.ValidationError({name: ["这个参数写了不止一次。"] for name in twice})
    dry_run = request.query_params.get("dry_run", "0")
    if dry_run not in ("0", "1", "true", "false"):
        raise exceptions.ValidationError({"dry_run": ["为 1 或 0。"]})
    return dry_run in ("1", "true")
