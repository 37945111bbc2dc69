"""Adds the issue number and the signing date to a document, or marks the document as a draft (草稿)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from reporting.document_parts import Document

DRAFT_MARK = "草稿"


@dataclass(frozen=True)
class IssueNumberAndDate:
    """Year, issue number, document number (发文字号) and signing date of a report; a draft has only the year.

    `number` and `signed_on` are None before issue; `document_number` is "" where there is none.
    """

    year: int
    number: int | None = None
    document_number: str = ""
    signed_on: date | None = None


def add_issue_number_and_date(document: Document, official: IssueNumberAndDate) -> Document:
    """Return the document with its issue number and signing date, or marked as a draft (草稿) before it is issued."""
    issued = official.number is not None
    marks = [document.mark, "" if issued else DRAFT_MARK]
    return replace(
        document,
        head=replace(
            document.head,
            issue=f"{official.year}年第{official.number}期" if issued else "",
            document_number=official.document_number if issued else f"湘商□□〔{official.year}〕　号",
        ),
        signature=document.signature and replace(document.signature, dated_on=official.signed_on),
        imprint=document.imprint and replace(document.imprint, printed_on=official.signed_on),
        mark="　".join(mark for mark in marks if mark),
    )
