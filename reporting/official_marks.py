"""The official marks of a document: number, 发文字号, day of signing, and the mark of a draft. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from reporting.document import Document

DRAFT_MARK = "草稿"


@dataclass(frozen=True)
class OfficialMarks:
    """The official marks; `number` and `signed_on` are None before issue, `document_number` "" where none."""

    year: int
    number: int | None = None
    document_number: str = ""
    signed_on: date | None = None


def add_official_marks(document: Document, stamp: OfficialMarks) -> Document:
    """Put the official marks on a document; a draft shows the blank form of the 发文字号."""
    issued = stamp.number is not None
    marks = [document.mark, "" if issued else DRAFT_MARK]
    return replace(
        document,
        head=replace(
            document.head,
            issue=f"{stamp.year}年第{stamp.number}期" if issued else "",
            document_number=stamp.document_number if issued else f"湘商□□〔{stamp.year}〕　号",
        ),
        signature=document.signature and replace(document.signature, dated_on=stamp.signed_on),
        imprint=document.imprint and replace(document.imprint, printed_on=stamp.signed_on),
        mark="　".join(mark for mark in marks if mark),
    )
