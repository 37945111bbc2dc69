"""JSON parser of the REST API, which refuses ambiguous, too large or deeply nested JSON.

Strict about encoding, size, nesting, numbers and duplicate names.

Named in settings.REST_FRAMEWORK, which rest_framework.views reads while it is being imported: nothing here may import
that module.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.utils.http import parse_header_parameters
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

BODY_LIMIT, DEPTH_LIMIT, DIGITS_LIMIT = 2_500_000, 20, 40
_QUOTED = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL
)  # also without its end: or it would be looked for from each quote
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_DEPTH_CHANGE = {"[": 1, "{": 1, "]": -1, "}": -1}


class TooLarge(exceptions.APIException):
    status_code, default_code = 413, "too_large"
    default_detail = "内容过大。"


class WrongCharset(exceptions.APIException):
    status_code, default_code = 415, "charset"
    default_detail = "内容须用 UTF-8 编码。"


class StrictJSON(BaseParser):
    """DRF parser for UTF-8 JSON of at most 2.5 MB and 20 levels, which reads decimal fractions as Decimal.

    Values that PostgreSQL cannot store are refused.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").casefold() not in {"utf-8", "utf8"}:
            raise WrongCharset
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise TooLarge("内容超过 2.5 MB，分几次发。")
        return strict_json(body)


def strict_json(body: bytes) -> Any:
    """Parse JSON; raise ParseError if it is invalid, has duplicate names or is nested too deeply."""
    try:
        text = body.decode("utf-8")
        if _nesting_depth(text) > DEPTH_LIMIT:
            raise exceptions.ParseError(f"内容嵌套超过 {DEPTH_LIMIT} 层。")
        value = json.loads(
            text,
            parse_float=_parse_decimal,
            parse_int=_parse_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_duplicate_names,
        )
        if "\\u" in text:  # nothing else brings them past the parser
            _refuse_unstorable_texts(value)
        return value
    except (ValueError, ArithmeticError) as wrong:
        raise exceptions.ParseError("内容不是规范的 JSON。") from wrong


def _nesting_depth(text: str) -> int:
    """Return how many levels deep the arrays and objects of a JSON text are nested."""
    brackets = _NO_BRACKETS.sub("", _QUOTED.sub("", text))
    return max(accumulate(map(_DEPTH_CHANGE.__getitem__, brackets)), default=0)


def _parse_decimal(text: str) -> Decimal:
    value = Decimal(text)
    if len(text) > DIGITS_LIMIT or abs(value.adjusted()) > DIGITS_LIMIT:
        raise ValueError("a number out of all measure")
    return value


def _parse_integer(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise ValueError("a number out of all measure")
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _refuse_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_unstorable_texts(value: Any) -> None:
    """Raise ValueError if `value` contains text that PostgreSQL cannot store, such as NUL."""
    if isinstance(value, str):
        value.encode("utf-8")
        if "\0" in value:
            raise ValueError("NUL in a text")
    elif isinstance(value, dict):
        for name, part in value.items():
            _refuse_unstorable_texts(name)
            _refuse_unstorable_texts(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_unstorable_texts(part)
