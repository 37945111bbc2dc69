"""Functions that build the template contexts of the pages of an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from hunan_trade.accounts.models import User
from hunan_trade.jobs.models import Job
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.editing.undo import undo_preview
from hunan_trade.lists.imports.forms import TableForm, WriteForm
from hunan_trade.lists.imports.mapping import HeadingMatch
from hunan_trade.lists.imports.measurement_units import MONEY_UNITS, money_unit
from hunan_trade.lists.imports.missing_fields_form import missing_fields_form
from hunan_trade.lists.imports.models import JOB_KIND, Import
from hunan_trade.lists.imports.opened_file import OpenedFile
from hunan_trade.lists.imports.row_parsing import unknown_choices
from hunan_trade.quantities import format_with_commas
from hunan_trade.ui.component_data import JobProgress, Stage
from hunan_trade.workbooks import sheet_types as books
from hunan_trade.workbooks.sheet_types import column_letters

STATE_TEMPLATES = {
    "mapping": "lists/import/mapping.html",
    "checked": "lists/import/check.html",
    "writing": "lists/import/writing.html",
    "written": "lists/import/result.html",
    "undone": "lists/import/result.html",
    "dropped": "lists/import/result.html",
}
_SHOWN = {"waiting": "waiting", "running": "running", "done": "done"}
PREVIEW = 3  # records of the file on the page of the mapping
CHANGES_AT_ONCE = 5  # changed fields of a group that are shown before the others are unfolded
TITLE_ROWS = 8  # rows above the head that are shown


@dataclass(frozen=True)
class MappedColumn:
    """A column of the file on the mapping page, with its mapping, its unit choices and example texts.

    `units` are those to choose from, none where the column is no amount; `words` the texts that are no choice of the
    column, with the number of rows; `examples` the texts of the first records.
    """

    match: HeadingMatch
    column: Column | None
    units: tuple[str, ...]
    words: Sequence[tuple[str, int]]
    examples: Sequence[str]
    filled: int

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(code, label) of each choice of the list column matched to this file column; [] if there is no such choice."""
        return [] if self.column is None else [(str(code), label) for code, label in self.column.kind.labels.items()]


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file in the preview on the mapping page, with its number and texts.

    It tells for which part of the table it is taken. A text comes with whether it is that of a merged area above.
    """

    number: int
    part: str
    texts: Sequence[tuple[str, bool]]


def of_mapping(opened: OpenedFile, found: Import, fills: forms.Form | None = None) -> dict[str, Any]:
    """Return the template context of the page on which the user maps columns."""
    columns = mapped_columns(opened)
    asked = [column for column in columns if column.match.confirm or column.words]
    table, problems = opened.table, opened.problems
    return {
        "stages": stages(found, rows=len(table.rows)),
        "table": table,
        "sheets": [(sheet.name, sheet.height) for sheet in opened.spreadsheet.sheets],
        "preview": _preview(opened),
        "letters": [column_letters(at) for at in range(_width(opened))],
        "offered": opened.offered,
        "groups": [
            ("请确认", asked),
            ("已认出", [each for each in columns if each.match.column and each not in asked]),
            ("不导入", [each for each in columns if not each.match.column and each not in asked]),
        ],
        "problems": problems,
        "fills": fills or missing_fields_form(opened, stored=found.fills),
        "same_for_all": [_title(opened, name) for name in opened.for_all_rows],
        "keys": [[_title(opened, name) for name in key] for key in _keys(opened)],
        "unformatted": _unformatted_columns(opened),
        "table_form": TableForm(initial={"version": found.version}),
    }


def mapped_columns(opened: OpenedFile) -> list[MappedColumn]:
    by_key = {column.key: column for column in opened.offered}
    unknown = unknown_choices(opened.table, opened.mapping, opened.offered)
    first = opened.table.rows[:PREVIEW]
    columns = []
    for match in opened.mapping.matches:
        column = by_key.get(match.column)
        wanted = money_unit(column.kind.unit) if column else None
        units = tuple(unit for unit in MONEY_UNITS if wanted and money_unit(unit).currency == wanted.currency)  # type: ignore[union-attr]
        examples = [opened.table.cell(row, match.heading.column).shown for row in first]
        words = unknown[match.column].most_common() if match.column in unknown else ()
        columns.append(
            MappedColumn(match, column, units, words, examples, opened.table.filled_count(match.heading.column))
        )
    return columns


def _unformatted_columns(opened: OpenedFile) -> list[str]:
    """Return the letters of mapped columns that contain numbers without known number formats, as .xls files do."""
    headings = [match.heading for match in opened.mapping.matches if match.column]
    raw, unformatted = opened.table.sheet.raw, books.UNFORMATTED.encode()
    return [heading.letter for heading in headings if unformatted in raw.column_kinds(heading.column)]


def of_check(found: Import, form: WriteForm | None = None) -> dict[str, Any]:
    """Return the template context of the page that shows the result of a check and asks for confirmation."""
    result = found.result
    counts, duplicates = result["counts"], result["duplicates"]
    return {
        "stages": stages(found, rows=result["rows"]),
        "result": result,
        "counts": counts,
        "written": counts["new"] + counts["changed"],
        "returned": counts["refused"] + counts["undecided"] + counts["skipped"],
        "chosen": sum(bool(each["choice"]) for each in duplicates),
        **_first_and_folded(_change_groups(result["changes"])),
        "has_base": any(each["base"] is not None for each in result["changes"]),
        "form": form or WriteForm(initial={"version": found.version, "reason": found.reason}),
    }


def writing_page_context(found: Import, path: str) -> dict[str, Any]:
    """Return the template context of the page that is shown while a job stores the imported rows."""
    return {"stages": stages(found, rows=found.result["rows"]), "job": writing_job_progress(found, path)}


def writing_job_progress(found: Import, path: str) -> JobProgress | None:
    """Return the progress of the job that writes the import; None if there is no such job.

    `path` is the import's page.
    """
    job = (
        Job.objects.visible_to(found.by)
        .filter(kind=JOB_KIND, key=f"{found.pk}:{found.version}")
        .order_by("-pk")
        .first()
    )
    return _progress(job, path) if job else None


def of_result(listing: Listing, found: Import, by: User) -> dict[str, Any]:
    """Return the template context of the page that shows an import's result and previews its undo."""
    counts = found.result.get("counts", {})
    undoable = found.state == Import.State.WRITTEN and listing.has_history
    return {
        "stages": stages(found, rows=found.result.get("rows", 0)),
        "result": found.result,
        "counts": counts,
        "returned": sum(counts.get(name, 0) for name in ("refused", "undecided", "skipped")),
        "written": counts.get("new", 0) + counts.get("changed", 0),
        "preview": undo_preview(listing, reference=found.reference, by=by) if undoable else None,
    }


def stages(found: Import, *, rows: int) -> list[Stage]:
    """Return the four steps of an import for the progress bar, with the current step marked."""
    titles = ("选文件", "对应列", "检查", "写入")
    notes = (f"{format_with_commas(rows)} 行" if rows else "", "", "全部问题一次列出", "可整次撤销")
    at = {"mapping": 1, "checked": 2}.get(found.state, 3)
    over = found.state in (Import.State.WRITTEN, Import.State.UNDONE)
    states: list[Any] = ["done" if step < at or over else "here" if step == at else "" for step in range(4)]
    if found.state == Import.State.DROPPED:
        states = ["done", "", "", "stop"]
    return [Stage(title, note, state) for title, note, state in zip(titles, notes, states, strict=True)]


# --- Parts ----------------------------------------------------------------------------------------------------------
def _width(opened: OpenedFile) -> int:
    return max([heading.column + 1 for heading in opened.table.headings], default=min(opened.table.sheet.width, 20))


def _preview(opened: OpenedFile) -> list[PreviewRow]:
    """Return the file's rows for the preview on the mapping page: title rows, header rows and the first records."""
    table, sheet = opened.table, opened.table.sheet
    head = set(table.head_rows)
    numbers = [*range(max(1, table.head_rows.start - TITLE_ROWS), table.head_rows.stop), *table.rows[:PREVIEW]]
    if table.problem:
        numbers = list(range(1, min(sheet.height, 15) + 1))
    columns, rows, filled = range(_width(opened)), set(table.rows), table.filled_cells
    preview = []
    for number in dict.fromkeys(numbers):
        cells = [table.cell(number, column) if number in rows else sheet.cell(number - 1, column) for column in columns]
        part = "表头" if number in head else "数据" if number in rows else "标题"
        preview.append(PreviewRow(number, part, [(cell.shown, cell.address in filled) for cell in cells]))
    return preview


def _keys(opened: OpenedFile) -> tuple[tuple[str, ...], ...]:
    return opened.listing.importing.keys if opened.listing.importing else ()


def _title(opened: OpenedFile, name: str) -> str:
    return next(column.title for column in opened.offered if column.key == name)


def _change_groups(changes: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Return (title, changes) of each group of fields in which an import's file and the stored record differ."""
    is_open = [each for each in changes if each["is_open"]]
    outliers = [each for each in is_open if each["is_outlier"]]
    others = [each for each in is_open if not each["is_outlier"]]
    both = "库里和文件都改过" if all(each["base"] is not None for each in others) else "30% 以内，或不是数"
    groups = (
        ("变动超过 30%", outliers, "默认留库里的"),
        (both, others, "默认用文件的"),
        ("只有文件改了", [each for each in changes if not each["is_open"]], "用文件的"),
    )
    return [(f"{title}，{len(found)} 处，{default}", found) for title, found, default in groups if found]


def _first_and_folded(groups: Sequence[tuple[str, list[Any]]]) -> dict[str, Any]:
    """Return, as a dict, the changes that the page shows at once, all outliers among them, and those it collapses."""
    shown, folded = [], []
    for title, found in groups:
        limit = len(found) if found[0]["is_open"] and found[0]["is_outlier"] else CHANGES_AT_ONCE
        shown.append((title, found[:limit]))
        folded.append((title, found[limit:]))
    folded = [(title, found) for title, found in folded if found]
    return {"groups": shown, "folded": folded, "folded_count": sum(len(found) for _, found in folded)}


def _progress(job: Job, path: str) -> JobProgress:
    state: Any = _SHOWN.get(job.state, "failed")
    count = (
        f"{format_with_commas(job.done)} / {format_with_commas(job.total)} 行"
        if job.total and not job.is_finished
        else ""
    )
    note = job.error if state == "failed" else "可以离开，办完再来看。写完以前别人看不到。"
    poll_url = "" if job.is_finished else path
    return JobProgress(job.title, state, job.done, job.total or 0, count, note, poll_url)
