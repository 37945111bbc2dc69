"""Gathers, composes and hashes the content of a report.

The content is gathered in one database snapshot.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hunan_trade.periods import Month
from hunan_trade.repeatable_read import repeatable_read_transaction
from reporting import queries, wording_edits
from reporting.document_parts import Document, Figure, Paragraph, Run, Table
from reporting.kinds import ReportKind
from reporting.renderers.fonts import document_fonts
from reporting.shared_report_data import Content

_BREAKS = "\t\n\v\f\r\u2028\u2029"


class FigureMissingFromContent(ValueError):
    """Raised if a document prints a figure whose code is missing from the report's content."""


def gather_content(kind: ReportKind, month: Month) -> Content:
    """Gather the content of a report on the period that ends with `month`, in one database snapshot.

    What people wrote elsewhere (a reason, the state of a task) is quoted without the signs that no face can print:
    nobody who drafts could change it there.
    """
    with repeatable_read_transaction():
        content = kind.gather(month, queries.previous_content(kind.code, month))
    return {**content, "facts": _replace_unprintable(content["facts"])}


def _replace_unprintable(facts: Any) -> Any:
    if isinstance(facts, str):
        if _printable_characters().issuperset(facts):  # nearly all
            return facts
        seen = (" " if c in _BREAKS else c for c in facts if unicodedata.category(c) != "Cf")
        return "".join(c if c in document_fonts().coverage else "□" for c in seen)
    if isinstance(facts, dict):
        return {name: _replace_unprintable(part) for name, part in facts.items()}
    return [_replace_unprintable(part) for part in facts] if isinstance(facts, list | tuple) else facts


@cache
def _printable_characters() -> frozenset[str]:
    """Return the characters that reports can print: those in every font, without line breaks and invisible ones."""
    return frozenset(c for c in document_fonts().coverage if c not in _BREAKS and unicodedata.category(c) != "Cf")


def compose_document(kind: ReportKind, content: Content) -> tuple[Content, Document]:
    """Compose a report's document from `content`; return (content with each figure's printed texts, document).

    Raises UnfrozenFigure.
    """
    document = wording_edits.apply_edits(kind.compose(content), content["words"])
    return add_printed_texts(content, document), document


def add_printed_texts(content: Content, document: Document) -> Content:
    """Return a copy of a report's content that lists with each figure the texts printed for it, such as 28.68.

    Raises UnfrozenFigure.
    """
    figures: dict[str, dict[str, Any]] = {code: {**entry, "texts": []} for code, entry in content["figures"].items()}
    for figure in printed_figures(document):
        if figure.code not in figures:
            raise FigureMissingFromContent(f"{figure.text!r} is printed under {figure.code!r}, which was not frozen")
        if figure.text not in figures[figure.code]["texts"]:
            figures[figure.code]["texts"].append(figure.text)
    return {**content, "figures": figures}


def printed_figures(document: Document) -> Iterator[Figure]:
    """Yield every `Figure` (printed number) of a report's document in reading order."""
    for blocks in (document.blocks, *(annex.blocks for annex in document.annexes)):
        for block in blocks:
            if isinstance(block, Paragraph):
                yield from _figures_among((*block.lead, *block.runs))
            elif isinstance(block, Table):
                for row in block.rows:
                    yield from _figures_among(row)


def _figures_among(runs: tuple[Run, ...]) -> Iterator[Figure]:
    return (run for run in runs if isinstance(run, Figure))


def content_sha256(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 hash of a report's content as JSON with sorted keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
