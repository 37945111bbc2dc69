"""Log lines: one JSON object a line, with the request they belong to. Nothing typed by a user can start a new line."""

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
    """Adds the id and address of the request under way to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = context.current()
        record.request_id = facts.request_id
        record.ip = facts.ip or ""
        return True


class JsonLines(logging.Formatter):
    """JSON escapes CR, LF and ESC; what looks like a credential is blotted out."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": clock.real_now().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _blotted(record.getMessage()),
        }
        line |= {key: value for key in ("request_id", "ip", "status_code") if (value := getattr(record, key, ""))}
        if record.exc_info:
            line["trace"] = _blotted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def _blotted(text: str) -> str:
    return _SECRETS.sub(r"\1\2[…]", text)
