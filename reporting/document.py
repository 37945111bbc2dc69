"""The parts of a report's document, without layout. Pure: imports nothing of the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Figure:
    """A number as printed, and the code it comes from.

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
    """A heading as printed, its number included: level 1 "一、总体情况", level 2 "（一）加工贸易", level 3 "1.进出口"."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `lead` is the emphasised first sentence ("（一）紧盯全年目标。")."""

    runs: tuple[Run, ...]
    lead: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A bar chart beside the table, for file formats that can hold a live one.

    `labels` and `values` are column positions, counted from 0. Summary rows are left out of a chart.
    """

    title: str
    values: int
    labels: int = 1


@dataclass(frozen=True)
class Table:
    """A table of `rows` as wide as `header`.

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
    """Red head, title and addressees.

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
    """The signing office and the day of signing; None leaves the day blank."""

    unit: str
    dated_on: date | None = None


@dataclass(frozen=True)
class Imprint:
    """The 版记: recipients of copies, printer and date. `copied_to` is the list only: "省政府办公厅，…"."""

    office: str
    printed_on: date | None = None
    copied_to: str = ""


@dataclass(frozen=True)
class Annex:
    """One annex; its number (附件, 附件1, …) follows from its place."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report.

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
