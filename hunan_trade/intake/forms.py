"""Django forms for the pages of monthly returns, and the parser of the JSON that the grid sends.

What is allowed is decided in rules and actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django import forms
from rest_framework.exceptions import ParseError

from hunan_trade import clock
from hunan_trade.intake import datasets
from hunan_trade.intake.actions.deciding import RemarkedCell
from hunan_trade.intake.actions.filling import RowEdit
from hunan_trade.intake.datasets import Dataset
from hunan_trade.intake.models import Exemption
from hunan_trade.intake.review_page import CELL_SEPARATOR
from hunan_trade.intake.rules_workflow_guards import LONGEST_EXEMPTION
from hunan_trade.intake.workbook_merge import Cell, ConflictChoices, Side
from hunan_trade.periods import Month
from hunan_trade.web.conflict_detecting_forms import DigestForm, ReasonForm
from hunan_trade.web.rest_json_parser import strict_json
from hunan_trade.web.text_fields import CleanTextField

FILE_BYTES = 10 * 1024 * 1024
ROWS = 2_000  # in one request; a larger block comes as a workbook
CHOICES = 10_000  # cells chosen one by one; of more, the rest is chosen at once


class MalformedRequest(ValueError):
    """Raised for a request that the portal's own pages never send.

    The message goes to the log, not to the user.
    """


@dataclass(frozen=True)
class TypedRows:
    """The rows of one sheet that a user edited in the grid: the new texts, and the texts before the edit.

    `base` holds their texts before the user's edits.
    """

    dataset: Dataset
    edits: tuple[RowEdit, ...]
    base: Mapping[str, Mapping[str, str]]


def parse_typed_rows(body: bytes, month: Month) -> TypedRows:
    """Parse the JSON request body with which the page's grid saves edited rows of a monthly return.

    {sheet, rows: [{key, version, texts: {column: text}, base: {column: text}}]}
    """
    try:
        sent = strict_json(body)
        dataset = datasets.get(_require_text(sent["sheet"]), month)
        rows = sent["rows"]
        if not isinstance(rows, list) or not 0 < len(rows) <= ROWS:
            raise MalformedRequest("rows")
        edits = tuple(
            RowEdit(_require_text(row["key"]), _require_texts(row["texts"]), _require_version(row["version"]))
            for row in rows
        )
        if len({edit.key for edit in edits}) != len(edits):
            raise MalformedRequest("a record twice")
        base = {row["key"]: _require_texts(row.get("base", {})) for row in rows}
    except (ValueError, KeyError, TypeError, AttributeError, ParseError) as error:
        raise MalformedRequest(str(error)) from error
    return TypedRows(dataset, edits, base)


def _require_text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise MalformedRequest("not a text")
    return value


def _require_texts(value: Any) -> dict[str, str]:
    if not all(isinstance(key, str) and isinstance(text, str) for key, text in value.items()):
        raise MalformedRequest("not texts")
    return dict(value)


def _require_version(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedRequest("not a version")
    return value


class UploadForm(forms.Form):
    """The form for uploading one .xlsx file; it does not check the workbook's content."""

    file = forms.FileField(
        label="填好的 .xlsx",
        help_text="从本页下载、填好的 .xlsx，不超过 10 MB。",
        allow_empty_file=True,
        error_messages={"required": "还没有选文件。选好填完的 .xlsx 再上传。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES:
            raise forms.ValidationError("文件超过 10 MB。删去图片和多余的工作表，再上传。")
        if not file.size:
            raise forms.ValidationError("文件是空的。用 WPS 或 Excel 打开检查，另存后再上传。")
        return file


class OptionalReasonForm(ReasonForm):
    """A form with a reason that may be left empty; the action that receives the reason may still require it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["reason"].required = False


class ConfirmUploadForm(forms.Form):
    """The form that confirms a previewed upload and says, for each conflicting cell, which text to keep.

    It also sends the version of the return with which the preview compared the workbook.

    Each cell that both sides changed has a field of its own, cell|sheet|record|column.
    """

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$")
    version = forms.IntegerField(min_value=1, required=False)
    rest = forms.ChoiceField(choices=[(side.value, side.value) for side in Side], required=False)

    def conflict_choices(self) -> ConflictChoices:
        """Return the user's choice between workbook text and stored text for each conflicting cell.

        Ignores unknown values.
        """
        cells: dict[Cell, Side] = {}
        for name, side in self.data.items():
            match name.split(CELL_SEPARATOR):
                case ["cell", dataset, key, column] if side in set(Side):
                    cells[dataset, key, column] = Side(side)
        rest = self.cleaned_data.get("rest")
        return ConflictChoices(cells, Side(rest) if rest else None)


class ReviewDecisionForm(DigestForm, OptionalReasonForm):
    """The form with which a reviewer accepts a monthly return or sends it back for correction.

    `pick` are the remarked cells, `shown` is the SHA-256 of the reviewed workbook.
    """

    def remarked_cells(self, picked: list[str]) -> list[RemarkedCell]:
        """Convert the values of the boxes that the reviewer ticked into the cells to be corrected.

        A malformed value gives a RemarkedCell with empty fields, which the action refuses.
        """
        parts = [pick.split(CELL_SEPARATOR) for pick in picked]
        return [RemarkedCell(*part) if len(part) == 3 else RemarkedCell("", "", "") for part in parts]


class ExemptionForm(forms.Form):
    kind = forms.ChoiceField(choices=Exemption.Kind)
    reason = CleanTextField(label="理由", max_length=500)
    until = forms.DateField(
        label="期限",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=f"到当天 17:30，最长 {LONGEST_EXEMPTION.days} 天。",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        bounds = {"min": clock.today(), "max": clock.today() + LONGEST_EXEMPTION}
        self.fields["until"].widget.attrs |= {name: day.isoformat() for name, day in bounds.items()}

    def until_moment(self) -> datetime:
        return datetime.combine(self.cleaned_data["until"], time(17, 30), tzinfo=clock.SHANGHAI)
