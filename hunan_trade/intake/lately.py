"""The workbook that this process read last: its preview and its confirmation follow, and are about the same bytes.

What its checks said is kept beside it, and holds for as long as nothing has changed that they could see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hunan_trade.intake import progress
from hunan_trade.intake.merge import Write
from hunan_trade.intake.models import Return
from hunan_trade.workbooks import reader
from hunan_trade.workbooks.archive import Limits
from hunan_trade.workbooks.sheets import RawWorkbook

CELLS = 1_500_000  # a larger one is not kept in memory; 100,000 rows of a form have a million


@dataclass(frozen=True)
class Judged:
    """The rows of a workbook as a return takes them over, and how many of its cells stand against that."""

    writes: Sequence[Write]
    blocking: int
    decided: Mapping[str, int] = field(
        default_factory=dict
    )  # side → cells that both sides changed and it was chosen for

    @property
    def told(self) -> dict[str, Any]:
        """For the log."""
        return {"decided": dict(self.decided)} if self.decided else {}


_kept: list[RawWorkbook] = []
_judged: list[tuple[tuple[str, int, str], Judged]] = []  # under the bytes' SHA-256, the return and its mark


def read(data: bytes, limits: Limits | None = None) -> RawWorkbook:
    """As `reader.read`. A reading depends on nothing but the bytes, so their SHA-256 tells whether it is at hand."""
    digest = hashlib.sha256(data).hexdigest()
    for book in _kept[:]:
        if book.sha256 == digest:
            return book
    book = reader.read(data, limits)
    _kept[:] = [book] if sum(sheet.width * sheet.height for sheet in book.sheets) <= CELLS else []
    return book


def judged(book: RawWorkbook, return_: Return) -> Judged | None:
    """What the checks said of these bytes, where they could say nothing else now.

    That is when the return's row and every table that a check looks at are those of then, by `progress.mark`.
    """
    if (mark := progress.mark(return_)) and (found := _judged[:]):
        key, what = found[0]
        return what if key == (book.sha256, return_.pk, mark) else None
    return None


def keep(mark: str, book: RawWorkbook, return_: Return, found: Judged) -> None:
    """For `judged`. `mark` was read before anything that was looked at: who writes meanwhile makes it another one.

    Nothing that depends on somebody's choices is kept.
    """
    if mark and any(book is kept for kept in _kept):
        _judged[:] = [((book.sha256, return_.pk, mark), found)]
