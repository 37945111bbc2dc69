"""Renders a document as HTML, either for a web page or as a whole file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reporting.document_parts import Document
from reporting.renderers.column_widths import lay_out_columns
from reporting.renderers.text_for_all_formats import (
    ANNEX_LABEL,
    COPIES_LABEL,
    AnnexPage,
    Item,
    PrintedParagraph,
    PrintedTable,
    PrintedText,
    Span,
    printed_text,
)

_STYLE = Path(__file__).with_name("paper.css").read_text(encoding="utf-8")
_HEADINGS = {"heading1": "h2", "heading2": "h3", "heading3": "h4"}

Link = Callable[[str], str | None]


def render_article(document: Document, *, link: Link | None = None) -> SafeString:
    """Return a document as an HTML `<article>` for a page of the portal.

    `link` gives the address behind a figure's code, or None to leave it plain. Raises UnprintableCharacter
    (ValueError).
    """
    return _article(printed_text(document), link or _no_link)


def render(document: Document, *, link: Link | None = None) -> bytes:
    """Return a document as the bytes of a whole HTML file in UTF-8. Raises UnprintableCharacter (ValueError)."""
    content = printed_text(document)
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(''.join(content.title))}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"{_article(content, link or _no_link)}\n</body>\n</html>\n"
    ).encode()


def _no_link(code: str) -> None:
    return None


def _article(content: PrintedText, link: Link) -> SafeString:
    pieces = [
        _paragraph(content.mark, "mark"),
        _paragraph(content.issuer, "issuer"),
        _paragraph(content.number, "docno"),
        '<hr class="redline">',
        f"<h1>{_join_lines(content.title)}</h1>",
        _paragraph(content.addressees, "to"),
        *(_paragraph_or_table(item, link) for item in content.items),
        *_annex_names(content.annex_names),
        _paragraph(content.unit, "sign"),
        _paragraph(content.dated, "sign"),
        *(_paragraph(remark) for remark in content.remarks),
        *(_annex(annex, link) for annex in content.annexes),
        _imprint(content),
    ]
    inside = "\n".join(piece for piece in pieces if piece)
    return mark_safe(f'<article class="paper">\n{inside}\n</article>')  # every text above went through escape


def _paragraph(text: str, kind: str = "") -> str:
    if not text:
        return ""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _join_lines(lines: Iterable[str]) -> str:
    return "<br>".join(escape(line) for line in lines)


def _spans(spans: Iterable[Span], link: Link) -> str:
    return "".join(f"<b>{_span(span, link)}</b>" if span.lead else _span(span, link) for span in spans)


def _span(span: Span, link: Link) -> str:
    address = link(span.code) if span.code else None
    if address is None:
        return escape(span.text)
    return f'<a class="fig" href="{escape(address)}">{escape(span.text)}</a>'


def _paragraph_or_table(item: Item, link: Link) -> str:
    if isinstance(item, PrintedParagraph):
        tag = _HEADINGS.get(item.part, "p")
        return f"<{tag}>{_spans(item.spans, link)}</{tag}>"
    return _table(item, item.caption, link)


def _annex_names(names: tuple[str, ...]) -> list[str]:
    return [
        f'<p class="annexes">{escape(ANNEX_LABEL if place == 0 else "")}{escape(name)}</p>'
        if place == 0
        else f'<p class="annexes more">{escape(name)}</p>'
        for place, name in enumerate(names)
    ]


def _annex(annex: AnnexPage, link: Link) -> str:
    first, rest = annex.items[:1], annex.items[1:]
    pieces = ["<hr>", _paragraph(annex.label, "to annex")]
    if first and isinstance(first[0], PrintedTable) and not first[0].caption:
        pieces.append(_table(first[0], "".join(annex.title), link))
    else:
        pieces.append(f'<h2 class="annex-title">{_join_lines(annex.title)}</h2>')
        rest = annex.items
    pieces += [_paragraph_or_table(item, link) for item in rest]
    return "\n".join(pieces)


def _table(table: PrintedTable, caption: str, link: Link) -> str:
    sides = lay_out_columns(table).sides
    named = 1 if len(table.header) > 1 and table.header[0] == "序号" else 0  # the column that names the row
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = []
    for place, row in enumerate(table.rows):
        cells = "".join(
            f'<th scope="row">{_span(cell, link)}</th>'
            if column == named
            else f'<td class="{side}">{_span(cell, link)}</td>'
            for column, (cell, side) in enumerate(zip(row, sides, strict=True))
        )
        rows.append(f'<tr class="sum">{cells}</tr>' if place in table.summary_rows else f"<tr>{cells}</tr>")
    unit = f"<span>{escape(table.unit)}</span>" if table.unit else ""
    notes = "".join("\n" + _paragraph(note, "to foot") for note in table.notes)
    return (
        f'<div class="table-wrap"><table>\n<caption>{escape(caption)}{unit}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + f"\n</tbody></table></div>{notes}"
    )


def _imprint(content: PrintedText) -> str:
    if not content.office:
        return ""
    copies = _paragraph(COPIES_LABEL + content.copies) if content.copies else ""
    return (
        f'<footer class="imprint">{copies}'
        f"<p><span>{escape(content.office)}</span><span>{escape(content.printed)}</span></p></footer>"
    )
