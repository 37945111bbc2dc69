"""Child process that parses an old binary workbook (.xls).

Its reader gives values without their number formats: a number shows as it is stored, a date in ISO form. It knows
neither which rows are hidden nor which cells hold errors; those are blank.
"""

from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from hunan_trade.workbooks import child_protocol, sandbox, sheet_size_check
from hunan_trade.workbooks.arrow_text_reader import to_text_column
from hunan_trade.workbooks.merged_and_hidden import MergedAndHidden
from hunan_trade.workbooks.scan_result import Scan, to_fifteen_digits
from hunan_trade.workbooks.sheet_types import BOOLEAN, DATE, EMPTY, TEXT, UNFORMATTED, WorkbookRefused, address
from hunan_trade.workbooks.workbook_parts import SheetPart
from hunan_trade.workbooks.zip_archive import Limits

_MACROS = "_VBA_PROJECT".encode("utf-16-le")  # a name in the directory of the file


def parse(data: bytes, limits: Limits) -> sandbox.Answer:
    """Parse every sheet of an .xls file; raise WorkbookRefused if it is damaged, too large, protected or has macros."""
    if _MACROS in data:
        raise WorkbookRefused("macros", "文件带有宏；请另存为不带宏的“.xlsx”格式，再上传。")
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        kinds = [(sheet.name, sheet.visible != SheetVisibleEnum.Visible) for sheet in book.sheets_metadata]
        if len(kinds) > limits.sheets:
            raise WorkbookRefused(
                "sheets", f"工作簿中有 {len(kinds)} 张工作表，最多 {limits.sheets} 张；请删去多余的。"
            )
        answers = [
            _read_sheet(book.get_sheet_by_index(index), SheetPart(index, name, hidden, ""), limits)
            for index, (name, hidden) in enumerate(kinds)
        ]
    except PasswordError as error:
        message = "文件设有打开密码，无法读取；请在 WPS 或 Excel 中取消密码后重新上传。"
        raise WorkbookRefused("encrypted", message) from error
    except CalamineError as error:
        message = "文件已损坏或上传不完整；请用 WPS 或 Excel 打开检查，另存后重新上传。"
        raise WorkbookRefused("damaged", message) from error
    return answers, {"status": "read", "linked": "", "epoch_1904": ""}


def _read_sheet(sheet: CalamineSheet, part: SheetPart, limits: Limits) -> child_protocol.SheetAnswer:
    last_row, last_column = sheet.end or (-1, -1)
    if not sheet_size_check.is_within_limits(last_row + 1, last_column + 1, limits):
        raise sheet_size_check.extent_refusal((last_row, last_column), limits)
    rows = sheet.to_python(skip_empty_area=False)
    scan = Scan(len(rows), last_column + 1, bytearray(EMPTY.encode() * (len(rows) * (last_column + 1))))
    columns: list[list[str]] = [[] for _ in range(scan.width)]
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            kind, text = _kind_and_text(value)
            columns[column].append(text)
            scan.kinds[row * scan.width + column] = ord(kind)
            if kind in (DATE, BOOLEAN):
                scan.oddities.append((row, column, kind, text, "", True, False, text))
    scan.layout = MergedAndHidden()
    for first, last in sheet.merged_cell_ranges or ():
        scan.layout.add_merged_area(f"{address(*first)}:{address(*last)}")
    return sandbox.build_sheet_answer(part, scan, list(map(to_text_column, columns)))


def _kind_and_text(value: Any) -> tuple[str, str]:
    if value == "" and isinstance(value, str):
        return EMPTY, ""
    if isinstance(value, str):
        return TEXT, value
    if isinstance(value, bool):
        return BOOLEAN, "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return UNFORMATTED, to_fifteen_digits(repr(value))
    if isinstance(value, datetime):
        return DATE, f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return DATE, f"{value:%Y-%m-%d}"
    return TEXT, str(value)  # a time of day, or a span of hours


if __name__ == "__main__":
    sandbox.run_in_sandbox(parse)
