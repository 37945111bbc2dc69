"""Functions that edit a filled workbook: move, merge, hide or retype its cells, rows and columns."""

from __future__ import annotations

import re
from functools import partial

from hunan_trade.intake.tests.hostile_workbooks.case_classes import STRINGS, SUMMARY, TRADE, Form


def add_row_attributes(form: Form, row: int, extra: str) -> Form:
    return form.replace_text(TRADE, f'<row r="{row}"', f'<row r="{row}" {extra}')


def insert_xml_before(form: Form, element: str, fresh: str) -> Form:
    """Insert XML before an element of the first sheet."""
    return form.replace_text(TRADE, element, fresh + element)


def merge_cells(form: Form, *areas: str, sheet: str = TRADE, keep: bool = False) -> Form:
    """Merge cells as a program does; the covered cells are emptied unless `keep`."""
    for area in areas:
        first, _, last = area.partition(":")
        for column in range(ord(first[0]), ord(last[0]) + 1):
            for row in range(int(first[1:]), int(last[1:]) + 1):
                if not keep and (cell := f"{chr(column)}{row}") != first:
                    form.put_cell_xml(cell, "", sheet=sheet)
        form.replace_text(sheet, "</mergeCells>", f'<mergeCell ref="{area}"/></mergeCells>')
    return form


def hide_columns(form: Form, columns: str, by: str = 'hidden="1"') -> Form:
    first, _, last = columns.partition(":")
    fresh = f'<col min="{first}" max="{last}" {by}/>'
    return form.rewrite_part(TRADE, lambda text: re.sub(r"<cols>.*?</cols>", f"<cols>{fresh}</cols>", text))


def shift_cells(form: Form, rows: int = 0, columns: int = 0) -> Form:
    """Move all cells down and to the right, as if rows and columns had been inserted."""

    def shifted(match: re.Match[str]) -> str:
        return f'r="{chr(ord(match[1]) + columns)}{int(match[2]) + rows}"'

    form.rewrite_part(TRADE, lambda text: re.sub(r'r="([A-Z])(\d+)"', shifted, text))
    return form.rewrite_part(
        TRADE, lambda text: re.sub(r'(<row r=)"(\d+)"', lambda m: f'{m[1]}"{int(m[2]) + rows}"', text)
    )


def swap_columns(form: Form, one: str, other: str) -> Form:
    swap = {one: other, other: one}

    def change(rows: list[str]) -> list[str]:
        return [
            _row_with_sorted_cells(re.sub(rf'r="([{one}{other}])(\d+)"', lambda m: f'r="{swap[m[1]]}{m[2]}"', row))
            for row in rows
        ]

    return form.rewrite_rows(change)


def _row_with_sorted_cells(row: str) -> str:
    head, cells = row[: row.index("<c ")], re.findall(r"<c .*?(?:/>|</c>)", row.replace("/></c>", "/></c>"))
    cells = re.findall(r"<c [^>]*/>|<c .*?</c>", row[row.index("<c ") :], re.DOTALL)
    cells.sort(key=lambda cell: re.search(r'r="([A-Z]+)', cell)[1])  # type: ignore[index]
    return head + "".join(cells) + "</row>"


def drop_cell_addresses(form: Form) -> Form:
    return form.rewrite_part(TRADE, lambda text: re.sub(r' r="[A-Z]*\d+"', "", text))


def reverse_cells(form: Form) -> Form:
    def change(rows: list[str]) -> list[str]:
        found_ = [re.findall(r"<c [^>]*/>|<c .*?</c>", row, re.DOTALL) for row in rows]
        return [
            row[: row.index("<c ")] + "".join(cells[::-1]) + "</row>" for row, cells in zip(rows, found_, strict=True)
        ]

    return form.rewrite_rows(change)


def change_metadata(form: Form, key: str, value: str) -> Form:
    """Change a value of the portal's hidden metadata sheet."""
    now = {"region": "430100", "month": "2013-01", "version": "1"}[key]
    return form.replace_text(STRINGS, f"<t>{now}</t>", f"<t>{value}</t>")


def add_distant_cell(form: Form, cell: str) -> Form:
    row = re.search(r"\d+", cell)
    assert row
    return form.replace_text(TRADE, "</sheetData>", f'<row r="{row[0]}"><c r="{cell}"><v>1</v></c></row></sheetData>')


def _append_to_row(row: str, fresh: str, xml: str) -> str:
    return re.sub(rf'(<row r="{row}".*?)</row>', lambda m: f"{m[1]}{fresh}</row>", xml, count=1, flags=re.DOTALL)


def write_outside_form(form: Form, **cells: str) -> Form:
    """Write texts into cells outside the form."""
    for cell, text in sorted(cells.items(), key=lambda item: int(re.sub("[A-Z]", "", item[0]))):
        row, fresh = (
            re.sub("[A-Z]", "", cell),
            f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
        )
        if f'<row r="{row}"' in form.parts[TRADE].decode():
            form.rewrite_part(TRADE, partial(_append_to_row, row, fresh))
        else:
            form.replace_text(TRADE, "</sheetData>", f'<row r="{row}">{fresh}</row></sheetData>')
    return form


def write_shared_text_outside_form(form: Form, text: str, *cells: str) -> Form:
    """Write one shared text into cells outside the form."""
    at = form.parts[STRINGS].decode().count("<si>")
    form.replace_text(STRINGS, "</sst>", f'<si><t xml:space="preserve">{text}</t></si></sst>')
    for cell in cells:
        row, fresh = re.sub("[A-Z]", "", cell), f'<c r="{cell}" t="s"><v>{at}</v></c>'
        form.replace_text(TRADE, "</sheetData>", f'<row r="{row}">{fresh}</row></sheetData>')
    return form


def insert_xml_comment(form: Form) -> Form:
    """Insert an XML comment, which makes the fast scanner give up but harms no reader."""
    return form.replace_text(TRADE, "<sheetData>", "<sheetData><!-- -->")


def append_rows(form: Form, rows: int) -> Form:
    fresh = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(60, 60 + rows))
    return form.replace_text(TRADE, "</sheetData>", fresh + "</sheetData>")


def type_thousands(form: Form, text: str) -> Form:
    for row, value in {4: "1290", 5: "1244.5", 7: "1244.5"}.items():
        form.put_number(f"E{row}", value, sheet=SUMMARY)
    return form.put_text("F4", text)
