"""Describes merge conflicts: cells that were changed both in an uploaded workbook and in the portal.

For the preview page, the API and the annotated workbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from hunan_trade.accounts.models import User
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.review_page import CELL_SEPARATOR
from hunan_trade.intake.workbook_merge import CellConflict, TextVersion, WorkbookMerge
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.tabular.findings import Finding, Severity

SHOWN = 500  # at once, on the page and in an answer; of more the number is told
CODE = "cell.conflict"


@dataclass(frozen=True)
class ConflictDetails:
    """A cell changed both in the workbook and in the portal, with who stored the portal's text and when.

    `by` is "" and `at` None if unknown.
    """

    conflict: CellConflict
    by: str
    at: datetime | None

    @property
    def form_field_name(self) -> str:
        """The name of the form field in which the user chooses the text for this conflicting cell."""
        return CELL_SEPARATOR.join(("cell", *self.conflict.cell_key))

    @property
    def author_text(self) -> str:
        return f"{self.by} {format_chinese_datetime(self.at)}" if self.at else ""


def first_conflicts(merge: WorkbookMerge, monthly_return: MonthlyReturn) -> list[ConflictDetails]:
    """Return details of the first SHOWN cells that were changed both in the workbook and in the portal."""
    found = list(islice(merge.conflicts, SHOWN))
    rows = _last_row_versions(monthly_return, [conflict for conflict in found if conflict.theirs_version is None])
    written = [conflict.theirs_version or rows.get((conflict.dataset.code, conflict.key)) for conflict in found]
    people = {one.by for one in written if one}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
    return [
        ConflictDetails(conflict, names.get(one.by, "") if one else "", one.at if one else None)
        for conflict, one in zip(found, written, strict=True)
    ]


def _last_row_versions(
    monthly_return: MonthlyReturn, conflicts: list[CellConflict]
) -> dict[tuple[str, str], TextVersion]:
    """Return, for each row that has a conflicting cell, who last changed the stored row and when.

    By (dataset, record key).
    """
    if not conflicts:
        return {}
    rows = Row.objects.filter(monthly_return=monthly_return, key__in={conflict.key for conflict in conflicts})
    found = rows.values_list("dataset", "key", "since", "edited_by", "edited_at")
    return {(dataset, key): TextVersion(since, by, at) for dataset, key, since, by, at in found}


def conflict_findings(merge: WorkbookMerge, monthly_return: MonthlyReturn) -> Iterator[Finding]:
    """Yield a blocking finding for each of the first SHOWN cells changed both in the workbook and in the portal.

    The annotated workbook shows them as comments.
    """
    for details in first_conflicts(merge, monthly_return):
        conflict = details.conflict
        before = "" if conflict.base is None else f"下载时是{_quoted(conflict.base)}，"
        message = (
            f"{before}系统中现在是{_quoted(conflict.theirs)}{f'（{details.author_text}）' if details.author_text else ''}，"
            f"文件中是{_quoted(conflict.mine)}。在检查文件的页面选定一个。"
        )
        yield Finding(
            conflict.dataset.sheet,
            conflict.address,
            CODE,
            Severity.BLOCKING,
            message,
            conflict.record,
            conflict.key,
            conflict.column.key,
        )


def _quoted(text: str) -> str:
    return f"“{text[:40]}”" if text else "空白"
