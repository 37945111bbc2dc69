"""Prepares the words of a document once, so that all file formats print the same words.

What the standard adds to the words (附件说明, 附件1, 抄送：, 印发) is added here, once, so that the formats cannot differ.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from hunan_trade import periods
from reporting.document_parts import (
    Annex,
    Block,
    Document,
    Figure,
    Head,
    Heading,
    Imprint,
    Paragraph,
    Run,
    Signature,
    Table,
)
from reporting.renderers.line_breaks import break_title

_BLANKS = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
# Control, format, surrogate, private and unassigned characters: no file format can be trusted to print them.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LONGEST_KEPT_WITH_SIGNATURE = 8 * 28  # characters: eight lines
ANNEX_LABEL = "附件："
COPIES_LABEL = "抄送："


class UnprintableCharacter(ValueError):
    """Raised with a Chinese message for a character that cannot be printed."""

    def __init__(self, character: str, text: str, reason: str) -> None:
        self.character = character
        place = text.find(character)
        around = "".join(c for c in text[max(0, place - 8) : place + 9] if unicodedata.category(c) not in _UNPRINTABLE)
        shown = "" if unicodedata.category(character) in _UNPRINTABLE else f"“{character}”"
        super().__init__(f"{reason}{shown}（U+{ord(character):04X}），在“{around}”处。改用其他字后再生成。")


@dataclass(frozen=True)
class Span:
    """A piece of text in one style, with the code of the figure that it prints, if any."""

    text: str
    code: str = ""
    lead: bool = False


@dataclass(frozen=True)
class PrintedParagraph:
    """A heading or paragraph of a report with the exact words that every file format prints.

    `part` is heading1, heading2, heading3 or text.
    """

    part: str
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class PrintedTable:
    """A table of a report with the exact words that every file format prints.

    `caption` is "" if the annex's title already names the table.
    """

    caption: str
    unit: str
    header: tuple[str, ...]
    rows: tuple[tuple[Span, ...], ...]
    notes: tuple[str, ...]
    summary_rows: frozenset[int]


Item = PrintedParagraph | PrintedTable


@dataclass(frozen=True)
class AnnexPage:
    label: str  # 附件, 附件1
    title: tuple[str, ...]  # in lines
    items: tuple[Item, ...]


@dataclass(frozen=True)
class PrintedText:
    """The exact words of a whole report that every file format prints, such as title, paragraphs and annexes.

    Titles are broken into lines. A missing text is "" or ().
    """

    mark: str
    issuer: str
    number: str
    title: tuple[str, ...]
    addressees: str
    items: tuple[Item, ...]
    annex_names: tuple[str, ...]  # "1. 2013年…" when there are several
    unit: str
    dated: str
    remarks: tuple[str, ...]
    annexes: tuple[AnnexPage, ...]
    copies: str  # without its label
    office: str
    printed: str

    @property
    def keeps_last_with_signature(self) -> bool:
        """Whether the report's last paragraph must stay on the same page as the signature.

        Not a long one, for it would leave half a page empty, and not the only one: the first page must show text.
        """
        last = self.items[-1] if len(self.items) > 1 else None
        return bool(self.unit) and isinstance(last, PrintedParagraph) and len(last.text) <= _LONGEST_KEPT_WITH_SIGNATURE


def _document_number_line(head: Head) -> str:
    """Return the line below a report's issuer with document number and issue number, or with only one of them."""
    if head.document_number and head.issue:
        return f"{head.document_number}　（{head.issue}）"
    return head.document_number or head.issue


def printed_text(document: Document) -> PrintedText:
    """Return the exact words of a report that every file format prints. Raises UnprintableCharacter."""
    several = len(document.annexes) > 1
    imprint = document.imprint
    cleaned: PrintedText = _clean_nested_texts(
        PrintedText(
            mark=document.mark,
            issuer=document.head.issuer,
            number=_document_number_line(document.head),
            title=break_title(document.head.title),
            addressees=_with_final_punctuation(document.head.addressees, "：") if document.head.addressees else "",
            items=_printed_blocks(document.blocks),
            annex_names=tuple(
                _annex_list_entry(place, annex.title) if several else annex.title
                for place, annex in enumerate(document.annexes, start=1)
            ),
            unit=document.signature.unit if document.signature else "",
            dated=_signing_day(document.signature),
            remarks=tuple(f"（{remark}）" for remark in document.remarks),
            annexes=tuple(
                _annex_page(annex, f"附件{place}" if several else "附件")
                for place, annex in enumerate(document.annexes, start=1)
            ),
            copies=_with_final_punctuation(imprint.copied_to, "。") if imprint and imprint.copied_to else "",
            office=imprint.office if imprint else "",
            printed=_printing_day(imprint),
        )
    )
    return cleaned


def _annex_list_entry(place: int, title: str) -> str:
    # "1.2013年" reads as a decimal number; a space keeps the two apart.
    return f"{place}.{' ' if title[:1].isascii() else ''}{title}"


def _with_final_punctuation(text: str, mark: str) -> str:
    return text.rstrip("：:。.") + mark


def _signing_day(signature: Signature | None) -> str:
    if signature is None:
        return ""
    return periods.format_chinese_date(signature.dated_on) if signature.dated_on else "　　　年　月　日"


def _printing_day(imprint: Imprint | None) -> str:
    if imprint is None:
        return ""
    return (periods.format_chinese_date(imprint.printed_on) if imprint.printed_on else "　　　年　月　日") + "印发"


def _annex_page(annex: Annex, label: str) -> AnnexPage:
    return AnnexPage(label, break_title(annex.title), _printed_blocks(annex.blocks, annex_title=annex.title))


def _printed_blocks(blocks: tuple[Block, ...], annex_title: str = "") -> tuple[Item, ...]:
    return tuple(_printed_block(block, annex_title) for block in blocks)


def _printed_block(block: Block, annex_title: str) -> Item:
    match block:
        case Heading():
            return PrintedParagraph(f"heading{min(max(block.level, 1), 3)}", (_span(block.text),))
        case Paragraph():
            return PrintedParagraph(
                "text", (*(_span(run, lead=True) for run in block.lead), *(_span(run) for run in block.runs))
            )
        case Table():
            return PrintedTable(
                caption="" if block.caption == annex_title else _clean_nested_texts(block.caption),
                unit=_clean_nested_texts(block.unit),
                header=_clean_nested_texts(block.header),
                rows=tuple([tuple(map(_span, row)) for row in block.rows]),
                notes=_clean_nested_texts(block.notes),
                summary_rows=frozenset(block.summary_rows),
            )


def _span(run: Run, lead: bool = False) -> Span:
    """Convert a string or `Figure` of a document to a `Span`, replacing line breaks and tabs by spaces."""
    if isinstance(run, Figure):
        return Span(_clean_and_check_text(run.text), run.code, lead)
    return Span(_clean_and_check_text(run), "", lead)


def _clean_nested_texts(value: Any) -> Any:
    """Return `value` with line breaks and tabs replaced by spaces in all strings of its tuples and dataclasses."""
    if isinstance(value, PrintedParagraph | PrintedTable):  # nearly all there is, and clean from the start
        return value
    if isinstance(value, str):
        return _clean_and_check_text(value)
    if isinstance(value, tuple):
        return tuple(map(_clean_nested_texts, value))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: _clean_nested_texts(getattr(value, field.name)) for field in fields(value)})
    return value


def _clean_and_check_text(text: str) -> str:
    if not text.isprintable():  # quick; false for the ideographic space too
        text = _BLANKS.sub(" ", text)
        for character in text:
            if unicodedata.category(character) in _UNPRINTABLE:
                raise UnprintableCharacter(character, text, "有一个不能印出的字符")
    return text


def all_texts(content: PrintedText) -> tuple[str, ...]:
    """Return all texts that a report prints, in reading order, as one string for each paragraph or table cell."""
    single = len(content.annexes) == 1
    annex_lines = tuple(
        (ANNEX_LABEL if place == 0 or single else "") + name for place, name in enumerate(content.annex_names)
    )
    parts = (
        content.issuer,
        content.number,
        "".join(content.title),
        content.addressees,
        *_paragraph_and_table_texts(content.items),
        *annex_lines,
        content.unit,
        content.dated,
        *content.remarks,
        *(
            text
            for annex in content.annexes
            for text in (annex.label, "".join(annex.title), *_paragraph_and_table_texts(annex.items))
        ),
        COPIES_LABEL + content.copies if content.copies else "",
        content.office,
        content.printed,
    )
    return tuple(part for part in parts if part)


def _paragraph_and_table_texts(items: tuple[Item, ...]) -> tuple[str, ...]:
    collected: list[str] = []
    for item in items:
        if isinstance(item, PrintedParagraph):
            collected.append(item.text)
        else:
            collected += [
                item.caption,
                item.unit,
                *item.header,
                *(cell.text for row in item.rows for cell in row),
                *item.notes,
            ]
    return tuple(collected)
