"""A form's many rows written as XML column by column; xlsxwriter would ask each cell anew what it is.

All else stays xlsxwriter's, and the bytes are those that it would write itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain, repeat
from typing import Any

import xlsxwriter
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.worksheet import Worksheet

from hunan_trade.workbooks.sheets import NUMBER_DIGITS, TEXT_CHARACTERS, Value, checked_value, column_letters

# Texts that need no escape: no blank at either end, nothing that XML or a workbook would take for something else.
_PLAIN = re.compile(r"[^\s<>&_\x00-\x1f\ufffe\uffff]([^<>&_\x00-\x1f\ufffe\uffff]*[^\s<>&_\x00-\x1f\ufffe\uffff])?")


@dataclass(frozen=True)
class Block:
    """Rows from `top` (zero-based) on with a format a column, then `spares` empty ones with formats of their own."""

    top: int
    rows: Sequence[Sequence[Value]]
    formats: Sequence[Any]
    spares: int
    spare_formats: Sequence[Any]

    @property
    def last(self) -> int:
        return self.top + len(self.rows) + self.spares - 1


class FormSheet(Worksheet):
    """A worksheet that may end in a block of rows as wide as what stands above them."""

    fh: Any
    block: Block | None = None

    def write_block(self, block: Block) -> None:
        """Once a sheet; nothing else may be written to these rows. ValueError for what a cell cannot hold."""
        if block.last < block.top:
            return
        by_column = list(zip(*block.rows, strict=True))
        for column, values in enumerate(by_column):
            for at in _long(values):
                checked_value(block.top + at, column, values[at])
        texts = [value for value in chain.from_iterable(block.rows) if value.__class__ is str and value]
        for text in dict.fromkeys(texts):
            self.str_table._get_shared_string_index(text)
        self.str_table.count += len(texts) - len(set(texts))
        # Looked up now: when the sheet is written, the table has become a list.
        self.columns = [self._values(column) for column in by_column]
        self._check_dimensions(block.last, len(block.formats) - 1)
        self.block = block

    def _values(self, column: Sequence[Value]) -> list[str]:
        """What stands between a cell's style and its end."""
        index = self.str_table.string_table
        return [
            "/>"
            if value is None or value == ""
            else f' t="s"><v>{index[value]}</v></c>'
            if value.__class__ is str
            else f"><v>{value:.16G}</v></c>"
            for value in column
        ]

    def _write_rows(self) -> None:
        block = self.block
        if block is None:
            super()._write_rows()
            return
        self.dim_rowmax = block.top - 1
        super()._write_rows()
        self.dim_rowmax = block.last
        given = range(block.top + 1, block.top + 1 + len(block.rows))
        empty = range(given.stop, given.stop + block.spares)
        if block.rows:  # of none there are no columns
            self.fh.write("".join(self._lines(given, block.formats, self.columns)))
        self.fh.write("".join(self._lines(empty, block.spare_formats, [repeat("/>")] * len(block.formats))))

    def _lines(self, numbers: Sequence[int], formats: Sequence[Any], columns: Sequence[Any]) -> Iterator[str]:
        """Every row as one text: the row's tag, then for each cell its address, style and value."""
        before, after = self._row_tag(len(formats))
        parts: list[Iterable[str]] = [[f"{before}{number}{after}" for number in numbers]]
        for at, (cell_format, values) in enumerate(zip(formats, columns, strict=True)):
            head, style = f'<c r="{column_letters(at)}', f'" s="{cell_format._get_xf_index()}"'
            parts.append([f"{head}{number}{style}{value}" for number, value in zip(numbers, values, strict=False)])
        return map("".join, zip(*parts, repeat("</row>"), strict=False))

    def _row_tag(self, width: int) -> tuple[str, str]:
        """What xlsxwriter writes before and after the number of a row without anything special."""
        told, self.fh = self.fh, StringIO()
        self._write_row(0, f"1:{width}")
        tag, self.fh = self.fh.getvalue(), told
        before, _, after = tag.partition('"1"')
        return f'{before}"', f'"{after}'


def _long(values: Sequence[Value]) -> list[int]:
    """Where something stands that a cell might not hold."""
    return [
        at
        for at, value in enumerate(values)
        if value is not None and len(str(value)) > (TEXT_CHARACTERS // 2 if value.__class__ is str else NUMBER_DIGITS)
    ]


class FormBook(xlsxwriter.Workbook):
    """A workbook of such sheets."""

    worksheet_class = FormSheet

    def _get_packager(self) -> Packager:
        return _FormPackager()


class _FormPackager(Packager):
    def _write_shared_strings_file(self) -> None:
        table = self.workbook.str_table
        if table.count:
            strings = _FormStrings()
            strings.string_table = table
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()


class _FormStrings(SharedStrings):
    fh: Any

    def _write_sst_strings(self) -> None:
        plain = _PLAIN.fullmatch
        for text in self.string_table.string_array:
            if plain(text):
                self.fh.write(f"<si><t>{text}</t></si>")
            else:
                self._write_si(text)
