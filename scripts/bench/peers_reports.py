"""Documents as they are usually made: python-docx, WeasyPrint; and typst alone, the floor of a PDF."""

from __future__ import annotations

import io

from docx import Document as Docx
from weasyprint import HTML

from reporting.document import Document, Heading, Paragraph, Table
from reporting.renderers import html, pdf
from reporting.renderers.outline import outline


def _text(run: object) -> str:
    return run if isinstance(run, str) else str(getattr(run, "text", run))


def python_docx(document: Document) -> bytes:
    """The same paragraphs and tables in the default look."""
    made = Docx()
    for blocks in (document.blocks, *(annex.blocks for annex in document.annexes)):
        for block in blocks:
            if isinstance(block, Table):
                rows = [block.header, *block.rows]
                grid = made.add_table(len(rows), len(block.header))
                for line, row in zip(grid.rows, rows, strict=True):
                    for cell, run in zip(line.cells, row, strict=False):
                        cell.text = _text(run)
            elif isinstance(block, Paragraph):
                made.add_paragraph("".join(map(_text, block.runs)))
            elif isinstance(block, Heading):
                made.add_heading(_text(block.text))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def weasyprint(document: Document) -> bytes:
    pages: bytes = HTML(string=html.render(document).decode()).write_pdf()
    return pages


class WarmTypst:
    """The compiler that has set a page before, given data that are ready."""

    def __init__(self, document: Document) -> None:
        self.data = pdf._data(outline(document))

    def compile(self) -> object:
        return pdf._compiler().compile_with_warnings(
            pdf._TEMPLATE, format="pdf", sys_inputs={"document": self.data}, timestamp=0
        )
