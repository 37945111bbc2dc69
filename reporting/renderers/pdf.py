"""A document as .pdf, set by typst to the millimetres of GB/T 9704-2012."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import typst

from reporting.document import Document
from reporting.renderers import grid
from reporting.renderers.columns import columns
from reporting.renderers.fonts import faces
from reporting.renderers.printed_text import ANNEX_LABEL, COPIES_LABEL, Grid, Outline, Span, outline, texts

_TEMPLATE = Path(__file__).with_name("bulletin.typ").read_bytes()
_MEASURES = {name: value for name, value in vars(grid).items() if name.isupper()}
# Longer than any line: a zero-width space every so often lets such a thing be broken at all.
_UNBROKEN = 20
_UNBREAKABLE = re.compile(rf"[!-~]{{{_UNBROKEN}}}(?=[!-~])")
_one_at_a_time = threading.Lock()  # the compiler is not made for two threads


class TypesettingFailed(RuntimeError):
    """typst complained. Never the reader's fault: the template or the faces on this machine are to blame."""


def render(document: Document) -> bytes:
    """The file's bytes, the same for the same document on the same machine.

    Raises UnprintableCharacter (ValueError, a Chinese sentence naming the character) and TypesettingFailed.
    """
    outlined = outline(document)
    for text in (outlined.mark, *texts(outlined)):
        faces().check(text)
    data = _data(outlined)
    with _one_at_a_time:
        try:
            compiled, warnings = _compiler().compile_with_warnings(
                _TEMPLATE, format="pdf", sys_inputs={"document": data}, timestamp=0
            )
        except typst.TypstError as error:
            raise TypesettingFailed(error.diagnostic) from error
    if warnings or not isinstance(compiled, bytes):
        raise TypesettingFailed("; ".join(warning.message for warning in warnings))
    return compiled


@cache
def _compiler() -> typst.Compiler:
    # Kept for the life of the process: a cold start costs ten times a warm page.
    return typst.Compiler(font_paths=faces().loaded, ignore_system_fonts=True)


def _data(outlined: Outline) -> str:
    """What the template reads: the outline as JSON, with the measures and faces."""
    return json.dumps(
        {
            **_fields(outlined),
            "last_stays": outlined.last_stays,
            "annex_label": ANNEX_LABEL,
            "copies_label": COPIES_LABEL,
            "grid": _MEASURES,
            "families": faces().families,
            "thin_title": faces().thin_title,
        },
        default=_fields,
        ensure_ascii=False,
    )


def _fields(part: Any) -> dict[str, Any]:
    """A part of the outline as the template reads it; what it holds in turn is left to the encoder."""
    if isinstance(part, Span):  # nearly all there is; the template has no use for codes
        return {"text": _breakable(part.text), "lead": part.lead}
    found = {field.name: _breakable(getattr(part, field.name)) for field in fields(part)}
    if isinstance(part, Grid):
        laid = columns(part)
        found |= {
            "part": "table",
            "summary_rows": sorted(part.summary_rows),
            "heads": _breakable(laid.heads),
            "widths": laid.widths,
            "size": laid.size,
            "sides": laid.sides,
        }
    return found


def _breakable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNBREAKABLE.sub(_broken, value) if len(value) > _UNBROKEN else value
    return tuple(map(_breakable, value)) if isinstance(value, tuple) else value


def _broken(match: re.Match[str]) -> str:
    return match.group() + "\u200b"
