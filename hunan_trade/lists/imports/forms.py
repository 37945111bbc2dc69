"""Forms of an import's pages, for the file, its table, its columns and the choices about its rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from hunan_trade.lists.imports.mapping import HeadingMatch
from hunan_trade.lists.imports.measurement_units import MONEY_UNITS
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.imports.opened_file import OpenedFile
from hunan_trade.lists.imports.row_comparison import Choices
from hunan_trade.lists.imports.row_matching import NEW, SKIP
from hunan_trade.web.conflict_detecting_forms import VersionForm
from hunan_trade.web.text_fields import CleanTextField

FILE_BYTES = 10 * 1024 * 1024
SIDES = ("file", "register", "base")


class UploadForm(forms.Form):
    """Form for uploading the file to import; it checks only the file's size.

    What is in it is checked by the action.
    """

    file = forms.FileField(
        label="电子表格",
        help_text=".xlsx、.xls 或 .csv，不超过 10 MB、100,000 行。表头怎么写都行，下一步对应。",
        allow_empty_file=True,
        error_messages={"required": "还没有选文件。"},
        widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES:
            raise forms.ValidationError("文件超过 10 MB。只留要导入的工作表，删去图片，或分成几个文件，再传。")
        if not file.size:
            raise forms.ValidationError("文件是空的。用 WPS 或 Excel 打开检查，另存后再传。")
        return file


class TableForm(VersionForm):
    """Form in which the user chooses the sheet and the header rows of the table in an imported file.

    It may leave hidden rows out.
    """

    sheet = forms.CharField(max_length=255)
    head_row = forms.IntegerField(min_value=1, max_value=1_000)
    depth = forms.IntegerField(min_value=1, max_value=3)
    without_hidden = forms.BooleanField(required=False)

    def table_location(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class WriteForm(VersionForm):
    """Form that confirms writing an import, with an optional note for the history of each written record."""

    reason = CleanTextField(
        label="说明（写进每条的经过）", max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )


class UndoForm(VersionForm):
    reason = CleanTextField(max_length=500, error_messages={"required": "撤销要写明原因。"})


# --- Mapping --------------------------------------------------------------------------------------------------------
def read_mapping(opened: OpenedFile, found: Import, data: QueryDict) -> list[dict[str, Any]]:
    """Return the posted mapping of a file's columns to the list's columns, without unconfirmed suggestions.

    Fields are `column-3`, `unit-3`, `word-3-筹建`, and `right` for 对. A suggestion that must be confirmed and was left as
    it is stays to be confirmed.
    """
    right, chosen = set(data.getlist("right")), {each["at"]: each for each in found.mapping}
    matches = []
    for match in opened.mapping.matches:
        at = match.heading.column
        given = _posted_mapping_of_heading(match, opened, data)
        is_as_suggested = (given["column"], given["unit"]) == (match.column, match.unit) and not given["spellings"]
        if at in chosen or not is_as_suggested or not match.confirm or right & {"all", str(at)}:
            matches.append(given)
    return matches


def _posted_mapping_of_heading(match: HeadingMatch, opened: OpenedFile, data: QueryDict) -> dict[str, Any]:
    at, keys = match.heading.column, {column.key for column in opened.offered}
    column = data.get(f"column-{at}", match.column)
    unit = data.get(f"unit-{at}", match.unit)
    column = column if column in keys else ""
    prefix = f"word-{at}-"
    words = {name.removeprefix(prefix): code for name, code in data.items() if name.startswith(prefix) and code}
    spellings = {**match.spellings, **words} if column == match.column else {}
    return {
        "at": at,
        "column": column,
        "unit": unit if unit in MONEY_UNITS or unit == match.unit else "",
        "spellings": {str(word): str(code) for word, code in spellings.items()},
    }


# --- Choices --------------------------------------------------------------------------------------------------------
def read_choices(found: Import, data: QueryDict) -> dict[str, Any]:
    """Return the choices stored for an import's rows and fields, replaced by those that the user has posted.

    Fields are `row-8`, `cell-7:level`, `others`.
    """
    stored = Choices(**found.choices)
    rows, cells = dict(stored.rows), dict(stored.cells)
    for duplicate in found.result.get("duplicates", ()):
        allowed: set[str] = {NEW, SKIP, *(candidate["value"] for candidate in duplicate["candidates"])}
        if (choice := data.get(f"row-{duplicate['row']}")) in allowed:
            rows[str(duplicate["row"])] = choice
    for change in found.result.get("changes", ()):
        key = f"{change['row']}:{change['column']}"
        side = data.get(f"cell-{key}")
        if change["is_open"] and side in SIDES and side != change["side"]:
            cells[key] = side
    if (others := data.get("others")) in SIDES:
        return {"rows": rows, "cells": {}, "others": others}
    return {"rows": rows, "cells": cells, "others": stored.others}
