"""What the auditor reads: no verb of the log is left in English, whichever app writes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from hunan_trade.console.event_diff import FIELDS
from hunan_trade.console.event_words import EVENT_KINDS, VERBS

ROOT = Path(__file__).parents[2]
APPS = ("hunan_trade", "targets", "parks", "enterprises", "projects", "events", "reporting")
VERB = re.compile(r"[a-z_]+\.[a-z_]+")


def _logged() -> set[str]:
    """Every text like `noun.verb` in a module that writes to the log; names of files and of loggers aside."""
    found = set()
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts):
        text = path.read_text(encoding="utf-8")
        if "audit.actions import" in text and "record" in text:
            found |= {
                node.value
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value)
            }
    return {text for text in found if not text.endswith((".html", ".xlsx")) and text != "reports.write"}


def test_every_verb_that_is_logged_is_said_in_chinese_and_can_be_filtered() -> None:
    logged = _logged()
    assert {"milestone.reached", "report.voided", "session.opened", "observation.corrected"} <= logged
    assert not logged - VERBS.keys()
    assert not {verb.split(".")[0] for verb in VERBS} - dict(EVENT_KINDS).keys()


def _fields() -> set[str]:
    """Every key of a literal `before=` or `after=` that an event is recorded with, or of a dict of that name."""
    found: set[str | None] = set()
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts):
        text = path.read_text(encoding="utf-8")
        if "audit.actions import" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.keyword) and node.arg in {"before", "after"}:
                told = [node.value]
            elif isinstance(node, ast.Assign):
                named = {target.id for target in node.targets if isinstance(target, ast.Name)}
                told = [node.value] if named & {"before", "after"} else []
            else:
                continue
            found |= {getattr(key, "value", None) for part in told if isinstance(part, ast.Dict) for key in part.keys}
    return {key for key in found if key is not None}


def test_every_field_that_is_logged_is_said_in_chinese() -> None:
    fields = _fields()
    assert {"is_active", "customs_code", "document_number", "networks", "state", "head"} <= fields
    assert not fields - FIELDS.keys()
