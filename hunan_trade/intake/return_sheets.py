"""Loads a return's sheets from the database or an uploaded workbook, and writes them to a workbook.

The same declaration lays a workbook out and reads it back, so that addresses agree wherever a figure is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, compress

from hunan_trade.intake import datasets
from hunan_trade.intake.datasets import DatasetContext
from hunan_trade.intake.models import MonthlyReturn, Remark, Row, Status
from hunan_trade.intake.return_checks import CheckedReturn, OpenRemark, check_return
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.tabular import formula_date_and_error_cells, merged_and_hidden_cells
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import FIRST_ROW, KEY_SEPARATOR, PrefilledRow, RawTable, TableSpec
from hunan_trade.text_cleaning import tidy
from hunan_trade.workbooks import form_workbook_writer
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.sheet_types import ColumnLayout, RawWorkbook, SheetLayout, WorkbookRefused

Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # dataset → key → typed column → text


@dataclass(frozen=True)
class ReturnSheets:
    """All sheets of a monthly return: the records with their prefilled texts, and the texts that the city typed.

    Without typed texts in a blank form.
    """

    region: Region
    month: Month
    contexts: Mapping[str, DatasetContext]
    texts: Texts
    open_remarks: tuple[OpenRemark, ...] = ()
    since: int = 0  # the return's version at which the last of these texts was written
    edited_at: datetime | None = None  # and the instant

    def rows(self, dataset: TableSpec) -> list[tuple[PrefilledRow, Mapping[str, str]]]:
        """Return (record, texts) for each record of a sheet: the typed texts, or defaults where none were typed.

        Prefilled records come first, then those added by the city.
        """
        known, typed = self.contexts[dataset.code], self.texts.get(dataset.code, {})
        listed = {row.key for row in known.rows}
        added = [row for key in typed if key not in listed and (row := known.addable_row(key))]
        return [(row, row.input_cell_texts(typed.get(row.key, {}))) for row in (*known.rows, *added)]

    def raw_tables(self) -> list[RawTable]:
        tables = []
        for dataset in datasets.of_month(self.month):
            rows, lost = self.rows(dataset), tuple(self._find_unlisted_records(dataset))
            numbers = range(FIRST_ROW, FIRST_ROW + len(rows))
            tables.append(RawTable(dataset, numbers, _texts_by_column(dataset, rows), lost))
        return tables

    def _find_unlisted_records(self, dataset: TableSpec) -> Iterator[Finding]:
        """Yield a finding for each record of a sheet that has typed figures but is no longer registered.

        For example after its code was corrected: the form has a blank row under the new code.
        """
        known, typed = self.contexts[dataset.code], self.texts.get(dataset.code, {})
        for key in typed.keys() - {row.key for row in known.rows}:
            filled = [
                f"{each.title} {typed[key][each.key]}" for each in dataset.input_columns if typed[key].get(each.key)
            ]
            if filled and known.addable_row(key) is None:
                why = known.why_unlisted(key)
                told = f"不计入。{why}" if why else "名录中现在没有，不计入。编码更正过的，填到新编码的一行。"
                message = f"{dataset.record_noun}“{key}”填过{'、'.join(filled)}，{told}"
                yield Finding(dataset.sheet, "A1", "row.unlisted", Severity.NOTE, message)

    def check(self) -> CheckedReturn:
        return check_return(self.raw_tables(), self.contexts, self.month, self.open_remarks)

    def workbook(self, *, version: int, demo: bool) -> bytes:
        """Return the sheets as the bytes of an .xlsx file; equal sheets give equal bytes.

        Its metadata and the first row of each sheet say of which version of the return they are
        (`row_versions.merge_base`).
        """
        metadata = {"region": self.region.code, "month": str(self.month), "version": str(version)}
        metadata["edited"] = timestamp_text(self.edited_at)
        layouts = [self._sheet_layout(dataset, version) for dataset in datasets.of_month(self.month)]
        return form_workbook_writer.write_form_workbook(layouts, metadata, demo=demo)

    def _sheet_layout(self, dataset: TableSpec, version: int) -> SheetLayout:
        rows = self.rows(dataset)
        places = {column.key: at for at, column in enumerate(dataset.columns)}
        return SheetLayout(
            name=dataset.sheet,
            title=f"{self.region.name_in_text}{self.month.label}{dataset.sheet}月报表",
            unit_note=version_label(version),
            columns=[_column_layout(column, self.month) for column in dataset.columns],
            rows=_cell_values(dataset, _texts_by_column(dataset, rows)),
            spare_rows=50 if dataset.addable else 0,
            locked_cells={(at, places[key]) for at, (row, _) in enumerate(rows) for key in row.locked_columns},
        )


def timestamp_text(at: datetime | None) -> str:
    """Format the time of a return's last edit as ISO 8601 text for the workbook's metadata; "" for None."""
    return at.astimezone(UTC).isoformat() if at else ""


def version_label(version: int) -> str:
    """Return a label for a monthly return's version, such as 第 3 版, or "" for version 0."""
    return f"第 {version} 版" if version else ""


def blank_sheets(region: Region, month: Month, as_of: datetime | None = None) -> ReturnSheets:
    """Return the blank sheets of a city's monthly return, with only the registered records filled in."""
    contexts = {dataset.code: dataset.load(region.code, month, as_of) for dataset in datasets.of_month(month)}
    return ReturnSheets(region, month, contexts, {})


def stored_sheets(monthly_return: MonthlyReturn) -> ReturnSheets:
    """Load a return's sheets: registered records, typed texts, and the cells that the province wants corrected.

    Two queries besides each dataset's, a third after it came back.

    What was handed up answers the form as it was then: nobody can fill in what was registered later until it comes
    back.
    """
    form = blank_sheets(
        monthly_return.region, monthly_return.period, None if monthly_return.editable else monthly_return.handed_up_at
    )
    texts: dict[str, dict[str, Mapping[str, str]]] = {}
    edited: dict[tuple[str, str], datetime] = {}
    last_version = 0
    rows = Row.objects.filter(monthly_return=monthly_return).order_by("pk")
    for dataset, key, typed, edited_at, since in rows.values_list("dataset", "key", "texts", "edited_at", "since"):
        texts.setdefault(dataset, {})[key] = typed
        edited[dataset, key] = edited_at
        last_version = max(last_version, since)
    newest = max(edited.values(), default=None)
    return ReturnSheets(
        form.region,
        form.month,
        form.contexts,
        texts,
        tuple(_open_remarks(monthly_return, edited)),
        last_version,
        newest,
    )


def _open_remarks(monthly_return: MonthlyReturn, edited: Mapping[tuple[str, str], datetime]) -> Iterator[OpenRemark]:
    """Yield the cells that the last review wanted corrected, if their rows have not been edited since."""
    if monthly_return.round_number == 1 or monthly_return.status in (Status.SENT, Status.ACCEPTED):
        return
    remarks = Remark.objects.filter(round__monthly_return=monthly_return, round__number=monthly_return.round_number - 1)
    for dataset, key, column, at in remarks.values_list("dataset", "key", "column", "round__decided_at"):
        last_edit = edited.get((dataset, key))
        if last_edit is not None and at is not None and last_edit < at:
            yield OpenRemark(dataset, key, column)


def column_heading(column: Column, month: Month) -> tuple[str, str]:
    """Return a column's two headings: the upper one, which names the month (6月当月), and the title."""
    return column.upper_heading(month), column.title


def _column_layout(column: Column, month: Month) -> ColumnLayout:
    group, title = column_heading(column, month)
    return ColumnLayout(
        title=title,
        group=f"{group}（{column.unit}）" if group and column.unit else group,
        width=column.width,
        locked=column.kind in (Kind.KEY, Kind.LOCKED),
        number_format="" if column.places is None else "General",
        choices=column.choices,
        note=column.hint,
    )


def _texts_by_column(dataset: TableSpec, rows: Sequence[tuple[PrefilledRow, Mapping[str, str]]]) -> list[list[str]]:
    """Convert a sheet's rows into one list of texts per column.

    Key columns have the record keys, the other columns the prefilled or typed texts.
    """
    keys = [row.key.split(KEY_SEPARATOR) for row, _ in rows]
    place = {column.key: at for at, column in enumerate(dataset.of_kind(Kind.KEY))}
    return [
        [key[place[column.key]] for key in keys]
        if column.kind is Kind.KEY
        else [row.texts.get(column.key, "") for row, _ in rows]
        if column.kind is Kind.LOCKED
        else [typed.get(column.key, "") for _, typed in rows]
        for column in dataset.columns
    ]


def _cell_values(
    dataset: TableSpec, texts_by_column: Sequence[Sequence[str]]
) -> list[tuple[str | Decimal | None, ...]]:
    """Convert a sheet's texts into rows of workbook cells: numbers to Decimal, empty texts to None.

    None stands for an empty cell.
    """
    columns: list[list[str | Decimal | None]] = []
    for column, texts in zip(dataset.columns, texts_by_column, strict=True):
        values = texts if column.places is None else column.parse(texts).values
        columns.append([text or None if value is None else value for value, text in zip(values, texts, strict=True)])
    return [tuple(cells) for cells in zip(*columns, strict=True)]


def sheets_from_workbook(book: RawWorkbook, form: ReturnSheets) -> list[RawTable]:
    """Read an uploaded workbook into tables of unparsed texts, one for each sheet of the monthly return.

    Also returns findings about its layout. Raises WorkbookRefused for another city's or month's form.
    """
    region, month = city_and_month(book)
    if region != form.region.code:
        other, own = Region.objects.filter(code=region).first(), form.region.name_in_text
        raise WorkbookRefused(
            "book.region", f"这是{other.name_in_text if other else region}的报表，本页是{own}。换成{own}的报表再上传。"
        )
    if month != form.month:
        raise WorkbookRefused(
            "book.month", f"这是{month.label}的报表，本页是{form.month.label}。换成{form.month.label}的报表再上传。"
        )
    sheets = [_read_sheet(book, dataset) for dataset in datasets.of_month(month)]
    first = sheets[0]
    of_book = (*_find_unread_sheets(book, month), *_find_workbook_links(book, first.spec))
    return [replace(first, findings=(*first.findings, *of_book)), *sheets[1:]]


def _find_unread_sheets(book: RawWorkbook, month: Month) -> Iterable[Finding]:
    """Yield a finding for each worksheet that is ignored because the monthly return has no sheet of that name."""
    ours = {dataset.sheet for dataset in datasets.of_month(month)} | {books.FINDINGS_SHEET}
    for sheet in book.sheets:
        if sheet.name not in ours and any(map(tidy, chain.from_iterable(sheet.columns))):
            message = f"工作表“{sheet.name}”不是报表的一部分，不读入。需要报送的写到说明栏。"
            yield Finding(sheet.name, "A1", "sheet.unread", Severity.NOTE, message)


def _find_workbook_links(book: RawWorkbook, dataset: TableSpec) -> Iterable[Finding]:
    if book.linked:
        message = "文件引用了别的工作簿，没有打开，只读格中的内容。不需要的，可在“数据—编辑链接”中断开。"
        yield Finding(dataset.sheet, "A1", "book.linked", Severity.NOTE, message)


def city_and_month(book: RawWorkbook) -> tuple[str, Month]:
    """Return city code and month from a workbook's metadata; raise WorkbookRefused if they are missing."""
    try:
        return book.metadata["region"], Month.parse(book.metadata["month"])
    except (KeyError, ValueError):
        raise WorkbookRefused(
            "book.foreign", "这不是从本平台下载的月报表。先在月报页下载 .xlsx，填好后再上传。"
        ) from None


def _read_sheet(book: RawWorkbook, dataset: TableSpec) -> RawTable:
    """Read the texts of one sheet of a workbook; raise WorkbookRefused if the sheet or a heading is missing."""
    sheet = book.sheet(dataset.sheet)
    if sheet is None:
        present = "、".join(f"“{sheet.name}”" for sheet in book.sheets) or "没有"
        raise WorkbookRefused(
            "sheet.missing", f"找不到工作表“{dataset.sheet}”，现有：{present}。把工作表名改回原样再上传。"
        )
    _check_headings(sheet, dataset)
    columns = list(
        map(
            books.blank_invisible_texts,
            formula_date_and_error_cells.columns_as_shown(sheet, dataset, _texts_as_shown(sheet, len(dataset.columns))),
        )
    )
    filled = list(map(any, zip(*columns, strict=True)))
    numbers = range(FIRST_ROW, FIRST_ROW + len(filled))
    merged, covered = merged_and_hidden_cells.find_merged_cells(sheet, dataset, columns)
    odd = (
        finding
        for finding in formula_date_and_error_cells.find_odd_cells(sheet, dataset)
        if finding.cell not in covered
    )
    findings = (
        *merged,
        *odd,
        *merged_and_hidden_cells.find_hidden_amounts(sheet, dataset, columns),
        *_find_cells_outside_form(sheet, dataset),
    )
    filled_columns = [list(compress(column, filled)) for column in columns]
    return RawTable(dataset, list(compress(numbers, filled)), filled_columns, findings, covered)


def _check_headings(sheet: books.RawSheet, dataset: TableSpec) -> None:
    """Raise WorkbookRefused if a column of an uploaded sheet was moved, removed or renamed."""
    for at, column in enumerate(dataset.columns):
        if (
            sheet.text(FIRST_ROW - 2, at).strip() == column.title
            or sheet.text(FIRST_ROW - 3, at).strip() == column.title
        ):
            continue
        place = f"工作表“{dataset.sheet}”的 {dataset.letter(column.key)}{FIRST_ROW - 1}"
        if any(column.title == text.strip() for text in _texts_of_first_rows(sheet)):
            raise WorkbookRefused(
                "sheet.shifted", f"{place} 应为“{column.title}”，表头已移位。删去插入的行列，使标题回到 A1，再上传。"
            )
        raise WorkbookRefused(
            "column.missing", f"{place} 应为“{column.title}”，现在没有这一列。重新下载报表，把数据贴回原列。"
        )


def _texts_of_first_rows(sheet: books.RawSheet) -> Iterable[str]:
    return (text for column in sheet.columns for text in column[: FIRST_ROW + 10])


def _texts_as_shown(sheet: books.RawSheet, width: int) -> Sequence[Sequence[str]]:
    """Return the texts of a sheet's first `width` columns, each number as a spreadsheet displays it."""
    columns: list[Sequence[str]] = []
    for at in range(width):
        texts, kinds = sheet.columns[at] if at < sheet.width else [""] * sheet.height, sheet.column_kinds(at)
        if _numbers_shown_as_stored(texts, kinds):
            columns.append(texts)
            continue
        columns.append(
            [
                _number_as_shown(text)
                if (len(text) > 12 or "e" in text or "E" in text) and chr(kinds[row]) in books.NUMERIC
                else text
                for row, text in enumerate(texts)
            ]
        )
    return columns


def _numbers_shown_as_stored(texts: Sequence[str], kinds: bytes) -> bool:
    """Return whether a spreadsheet displays all numbers of a column exactly as they are stored."""
    if not any(kind.encode() in kinds for kind in books.NUMERIC):
        return True
    return max(map(len, texts), default=0) <= 12 and "e" not in (together := "".join(texts)) and "E" not in together


def _number_as_shown(text: str) -> str:
    """Return a stored number as a spreadsheet displays it; return any other text unchanged."""
    try:
        return f"{books.to_excel_number(text):f}"
    except ValueError:
        return text


def _find_cells_outside_form(sheet: books.RawSheet, dataset: TableSpec) -> Iterable[Finding]:
    """Yield one finding that lists all filled cells to the right of the sheet's declared columns."""
    cells = [
        books.address(row, column)
        for column in range(len(dataset.columns), sheet.width)
        for row, text in enumerate(sheet.columns[column])
        if tidy(text)
    ]
    if cells:
        listed = "、".join(cells[:5]) + ("等" if len(cells) > 5 else "")
        yield Finding(
            dataset.sheet,
            cells[0],
            "cell.outside",
            Severity.NOTE,
            f"表外有 {len(cells)} 格内容（{listed}），不读入。需要报送的写到说明栏。",
        )
