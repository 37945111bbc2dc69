"""Describes error responses, which are problem documents (RFC 9457), for the OpenAPI schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from hunan_trade.web.rest_code_label_schemas import CodeField
from hunan_trade.web.rest_exception_handler import problem_codes

MEDIA_TYPE = "application/problem+json"
SENTENCES: Mapping[int, str] = {
    400: "参数或内容读不懂，errors 逐项说明。",
    401: "没有带令牌，或令牌不能用。",
    403: "账号没有权限，或令牌的范围不许。",
    404: "没有这条记录，或不在可看范围内。",
    409: "现在不能办；同一个 Idempotency-Key 的请求正在办理的，按 Retry-After 再问。",
    410: "记录已删除或已并入别条（merged_into），或这个地址已失效，detail 说明怎么办。",
    412: "读取以后已被改过，detail 说明谁在何时改的，version 是现在的版本。",
    413: "内容过大。",
    415: "Content-Type 不是 application/json。",
    422: "读得懂，但与登记规则不符，errors 逐项说明；或 Idempotency-Key 已用于另一请求。",
    428: "没有带 If-Match。",
    429: "令牌一分钟内调用得太多，等 Retry-After 所写的秒数再调用。",
}


class FieldErrorSerializer(serializers.Serializer[Any]):
    """An error in a request: the field, what is wrong with it, and how to correct it."""

    field = serializers.CharField(help_text="哪一项，如 rows.3.export_usd；空的指全部")
    detail = serializers.CharField(help_text="有什么不对")
    remedy = serializers.CharField(help_text="怎么改")


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class RecordIdField(serializers.Field[Any, Any, Any, Any]):
    """The id of a record, which is a number or a code."""


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457), which says why a request was refused."""

    type = serializers.CharField(help_text="一律 about:blank")
    title = serializers.CharField(help_text="哪一类")
    status = serializers.IntegerField(help_text="同 HTTP 状态")
    detail = serializers.CharField(help_text="为什么，怎么办")
    instance = serializers.CharField(required=False, help_text="请求编号，报信息中心时附上")
    code = CodeField(problem_codes, required=False, help_text="原因的代码")
    version = serializers.IntegerField(required=False, help_text="记录现在的版本")
    merged_into = RecordIdField(required=False, help_text="并入的那一条的 id")
    errors = FieldErrorSerializer(many=True, required=False, help_text="逐项的问题")  # type: ignore[assignment]


def error_response_schemas(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return OpenAPI descriptions of the error responses with these statuses and 429, for `extend_schema`.

    Too many calls (429) are refused everywhere.
    """
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=SENTENCES[status])
        for status in (*statuses, 429)
    }


def error_header_schemas(status: str) -> dict[str, Any]:
    """Return the OpenAPI description of an error status's response headers: Retry-After for "429", else none."""
    wait = {"schema": {"type": "integer", "minimum": 1}, "description": "等多少秒再发"}
    return {"Retry-After": wait} if status == "429" else {}
