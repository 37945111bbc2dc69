"""Logging as one JSON object a line with the request's id; no text typed by a user can start a new line."""

from __future__ import annotations

import json
import logging
import re

from hunan_trade import clock
from hunan_trade.audit import context

_SECRETS = re.compile(
    r"(?i)\b(authorization|bearer|cookie|sessionid|csrfmiddlewaretoken|password)(['\"]?\s*[=: ]\s*)\S+"
)


class RequestFilter(logging.Filter):
    """Add the current request's id and address to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = context.current()
        record.request_id = facts.request_id
        record.ip = facts.ip or ""
        return True


class JsonFormatter(logging.Formatter):
    """Format a record as JSON, which escapes CR, LF and ESC, and redact what looks like a credential."""

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
    return _SECRETS.sub(r"\1\2[…]", text)
