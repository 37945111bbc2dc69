"""Renders a document as .pdf with typst, according to the standard GB/T 9704-2012."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import typst

from reporting.document_parts import Document
from reporting.renderers import page_measures
from reporting.renderers.column_widths import lay_out_columns
from reporting.renderers.fonts import document_fonts
from reporting.renderers.text_for_all_formats import (
    ANNEX_LABEL,
    COPIES_LABEL,
    PrintedTable,
    PrintedText,
    Span,
    all_texts,
    printed_text,
)

_TEMPLATE = Path(__file__).with_name("bulletin.typ").read_bytes()
_MEASURES = {name: value for name, value in vars(page_measures).items() if name.isupper()}
# Longer than any line: a zero-width space every so often lets such a thing be broken at all.
_LONGEST_UNBROKEN = 20
_UNBREAKABLE = re.compile(rf"[!-~]{{{_LONGEST_UNBROKEN}}}(?=[!-~])")
_compiler_lock = threading.Lock()  # the compiler is not made for two threads


class TypesettingFailed(RuntimeError):
    """Raised when typst fails because of the template or the machine's fonts."""


def render(document: Document) -> bytes:
    """Return a document as the bytes of a .pdf file, which are equal for equal documents.

    Raises UnprintableCharacter (ValueError, a Chinese sentence naming the character) and TypesettingFailed.
    """
    content = printed_text(document)
    for text in (content.mark, *all_texts(content)):
        document_fonts().check_characters(text)
    data = _template_input(content)
    with _compiler_lock:
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
    return typst.Compiler(font_paths=document_fonts().loaded, ignore_system_fonts=True)


def _template_input(content: PrintedText) -> str:
    """Return a report's text with page measures and fonts, as JSON input of the typst template."""
    return json.dumps(
        {
            **_encode_dataclass(content),
            "last_stays": content.keeps_last_with_signature,
            "annex_label": ANNEX_LABEL,
            "copies_label": COPIES_LABEL,
            "grid": _MEASURES,
            "families": document_fonts().families,
            "thin_title": document_fonts().needs_thick_title,
        },
        default=_encode_dataclass,
        ensure_ascii=False,
    )


def _encode_dataclass(part: Any) -> dict[str, Any]:
    """Convert a dataclass object of a report's printed text, such as a table, to a dict for the typst template."""
    if isinstance(part, Span):  # nearly all there is; the template has no use for codes
        return {"text": _allow_line_breaks(part.text), "lead": part.lead}
    found = {field.name: _allow_line_breaks(getattr(part, field.name)) for field in fields(part)}
    if isinstance(part, PrintedTable):
        layout = lay_out_columns(part)
        found |= {
            "part": "table",
            "summary_rows": sorted(part.summary_rows),
            "heads": _allow_line_breaks(layout.heads),
            "widths": layout.widths,
            "size": layout.size,
            "sides": layout.sides,
        }
    return found


def _allow_line_breaks(value: Any) -> Any:
    if isinstance(value, str):
        return _UNBREAKABLE.sub(_append_break, value) if len(value) > _LONGEST_UNBROKEN else value
    return tuple(map(_allow_line_breaks, value)) if isinstance(value, tuple) else value


def _append_break(match: re.Match[str]) -> str:
    return match.group() + "\u200b"
