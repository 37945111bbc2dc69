"""Logging formatter that writes each record as one line of JSON, with the request's id.

Without credentials, and without the values of a row that the database refused.
"""

from __future__ import annotations

import json
import logging
import re

from hunan_trade import clock
from hunan_trade.audit import request_metadata

_SECRETS = re.compile(
    r"(?i)\b(authorization|bearer|cookie|sessionid|csrfmiddlewaretoken|password)(['\"]?\s*[=: ]\s*)\S+"
)
_DETAIL = re.compile(r"(?m)^DETAIL: .*$")  # PostgreSQL repeats the values of the row that it refuses


class RequestFilter(logging.Filter):
    """Logging filter that adds the current request's id and client IP address to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = request_metadata.current()
        record.request_id = facts.request_id
        record.ip = facts.ip or ""
        return True


class JsonFormatter(logging.Formatter):
    """Logging formatter that writes each log record as one line of JSON, without passwords and tokens.

    What looks like a credential is redacted.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": clock.real_now().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _redact(record.getMessage()),
        }
        line |= {key: value for key in ("request_id", "ip", "status_code") if (value := getattr(record, key, ""))}
        if record.exc_info:
            line["trace"] = _redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def _redact(text: str) -> str:
    return _DETAIL.sub("DETAIL: […]", _SECRETS.sub(r"\1\2[…]", text))
