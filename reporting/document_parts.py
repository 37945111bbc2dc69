"""Dataclasses for the parts of a report, such as headings, paragraphs and tables, without layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Figure:
    """A number printed in a document, with the code of the report's figure that it shows.

    `code` is a key into the frozen content's figures. `value` is the number behind `text` at the precision it is
    printed with (43.9 for "43.9%", 286800 for "286,800"), so that a workbook can hold numbers; None when the
    place of the number is taken by a sign or a word ("—", "未报").
    """

    text: str
    code: str
    value: Decimal | None = None


Run = str | Figure


@dataclass(frozen=True)
class Heading:
    """A heading of a report, of level 1 to 3, whose text includes its number, such as 一、总体情况.

    Level 1 is 一、总体情况, level 2 （一）加工贸易, level 3 1.进出口.
    """

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a document, made of words and figures, with an optional emphasised first sentence.

    `lead` is its emphasised first sentence.
    Such a sentence is （一）紧盯全年目标。
    """

    runs: tuple[Run, ...]
    lead: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A bar chart of one column of a table, for file formats that support charts.

    `labels` and `values` are column positions, counted from 0. Summary rows are left out of a chart.
    """

    title: str
    values: int
    labels: int = 1


@dataclass(frozen=True)
class Table:
    """A table of a document, with unit, notes and charts; each row must have as many cells as the header.

    `unit` is printed above the right corner ("单位：万美元、%"). `summary_rows` are the positions of the rows that add
    up others (全省合计, 其中：湘南三市), counted from 0. Raises ValueError when a row or a position does not fit.
    """

    caption: str
    unit: str
    header: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    notes: tuple[str, ...] = ()
    summary_rows: tuple[int, ...] = ()
    charts: tuple[Chart, ...] = ()

    def __post_init__(self) -> None:
        width = len(self.header)
        for position, row in enumerate(self.rows):
            if len(row) != width:
                raise ValueError(f"row {position} of {self.caption!r} has {len(row)} cells, the header {width}")
        if any(not 0 <= row < len(self.rows) for row in self.summary_rows):
            raise ValueError(f"a summary row of {self.caption!r} lies outside the table")
        if any(not (0 <= chart.values < width and 0 <= chart.labels < width) for chart in self.charts):
            raise ValueError(f"a chart of {self.caption!r} names a column outside the table")


Block = Heading | Paragraph | Table


@dataclass(frozen=True)
class Head:
    """The first lines of a document, such as issuer, title, addressees and issue number.

    `issuer` is the red head as printed (the office's name, with or without 文件). `document_number` is the 发文字号 given
    by the office, or its blank form; the place stays empty when it is "".
    """

    issuer: str
    title: str
    addressees: str
    issue: str  # 2013年第6期
    document_number: str = ""


@dataclass(frozen=True)
class Signature:
    """The signing office and date at the end of a document.

    The date is None while the document is unsigned.
    """

    unit: str
    dated_on: date | None = None


@dataclass(frozen=True)
class Imprint:
    """The last lines of a document, with the recipients of copies and the printing office.

    `copied_to` is the list of recipients alone: 省政府办公厅，….
    """

    office: str
    printed_on: date | None = None
    copied_to: str = ""


@dataclass(frozen=True)
class Annex:
    """An annex of a document, with its title and its text.

    Its number is its position in `Document.annexes`.
    Its label is 附件, or 附件1, 附件2 when there are several.
    """

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole document, from issuer and title to annexes, signature and imprint.

    `remarks` are the 附注 without their brackets ("此件公开发布"). `mark` is printed in the page margin of every side:
    "演示数据", "草稿", or both; "" on an issued document.
    """

    head: Head
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
    signature: Signature | None = None
    remarks: tuple[str, ...] = ()
    imprint: Imprint | None = None
    mark: str = ""
