"""Renders a report's document as the bytes of an HTML, Word, PDF or Excel file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reporting.document_parts import Document
from reporting.models import Format
from reporting.renderers import docx, html, pdf, xlsx

CONTENT_TYPES: Mapping[str, str] = {
    Format.HTML: "text/html; charset=utf-8",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_RENDERERS: Mapping[str, Callable[[Document], bytes]] = {
    Format.HTML: html.render,
    Format.DOCX: docx.render,
    Format.PDF: pdf.render,
    Format.XLSX: xlsx.render,
}


def render(document: Document, format_: str) -> bytes:
    """Return a document as the bytes of a file in the given format. Raises UnprintableCharacter.

    The error is a Chinese sentence that names the character.
    """
    return _RENDERERS[format_](document)
