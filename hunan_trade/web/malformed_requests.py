"""Middleware that refuses malformed requests before login, such as text that is not UTF-8.

Guards pages and API alike; reads headers, the address and the fields of forms, never JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from hunan_trade.web import error_responses
from hunan_trade.web.rest_json_parser import BODY_LIMIT

Answer = Callable[[HttpRequest], HttpResponseBase]
CONTENT_LIMIT = 24_000_000  # of anything: an attachment of 20 MB and what a form wraps around it are below
REPLACEMENT_CHARACTER = "\ufffd"  # what the framework puts where bytes are no UTF-8


def reject_malformed(get_response: Answer) -> Answer:
    """Middleware that refuses requests whose body is too large or whose text has NUL or is not UTF-8.

    PostgreSQL cannot store such text.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _refusal_response(request) or get_response(request)

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method != "POST" or request.content_type == "application/json" or _is_rest_view(view):
            return None
        texts = [*request.POST, *(text for values in request.POST.lists() for text in values[1])]
        texts += [file.name for _, files in request.FILES.lists() for file in files]
        return (
            _garbled_response(request) if any("\0" in text or REPLACEMENT_CHARACTER in text for text in texts) else None
        )

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def _refusal_response(request: HttpRequest) -> HttpResponse | None:
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if charset.strip("\"'").casefold() not in {"utf-8", "utf8"}:
        request._encoding = None  # type: ignore[attr-defined]  # the setter would first read the address by that alphabet
        return error_responses.error_response(request, 415, "内容须用 UTF-8 编码。")
    if request.content_type == "application/json" and _content_length(request) > BODY_LIMIT:
        return error_responses.error_response(request, 413, "内容超过 2.5 MB，没有保存。分几次发。")
    if _content_length(request) > CONTENT_LIMIT:
        return error_responses.error_response(
            request, 413, "内容超过 24 MB，没有保存。附件最大 20 MB，其他文件最大 10 MB。"
        )
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        return error_responses.error_response(
            request, 411, "内容没有写明长度，没有保存。请求头加 Content-Length 再发。"
        )
    raw_query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")  # as WSGI hands bytes on
    if _is_garbled(raw_query) or any("\0" in text for text in (request.path, *request.COOKIES.values())):
        return _garbled_response(request)
    return None


def _content_length(request: HttpRequest) -> int:
    length_header = request.META.get("CONTENT_LENGTH") or "0"
    return int(length_header) if length_header.isascii() and length_header.isdigit() and len(length_header) < 16 else 0


def _is_garbled(raw_query: bytes) -> bool:
    try:
        return "\0" in unquote_to_bytes(raw_query).decode()
    except UnicodeDecodeError:
        return True


def _garbled_response(request: HttpRequest) -> HttpResponse:
    return error_responses.error_response(request, 400, "地址或内容中有不是文字的字符，没有保存。改正后再发。")


def _is_rest_view(view: Any) -> bool:
    return hasattr(view, "cls")
