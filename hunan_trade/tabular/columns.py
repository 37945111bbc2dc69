"""Columns of a table: their titles, what kind they are, and how their texts are parsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hunan_trade.periods import Month
from hunan_trade.tabular.parsers import Parser, narrow
from hunan_trade.typed_text import is_tidy, tidy


class Kind(StrEnum):
    KEY = "key"  # names the record
    LOCKED = "locked"  # from the register or last month; not to be changed
    MONTH = "month"  # the month's figure: typed and stored
    CHECK = "check"  # typed as a check only
    REASON = "reason"  # explains what the rules find odd


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    kind: Kind
    parse: Parser
    unit: str = ""
    group: str = ""
    width: int = 12
    places: int | None = None  # decimals shown; None for text
    choices: tuple[str, ...] = ()
    hint: str = ""

    def group_in(self, month: Month) -> str:
        """The upper heading with the month written in: 6月当月, 1-6月."""
        return self.group.format(month=month.month, span=month.span, before=month.previous.month)


def cleaned(column: Column, text_: str | None) -> str:
    """A cell of this column as it is compared: what names a record also with full-width signs made narrow."""
    return narrow(tidy(text_)) if column.kind is Kind.KEY else tidy(text_)


def cleaned_column(column: Column, texts: Sequence[str]) -> Sequence[str]:
    """`cleaned` for all cells of a column, looked at as one text: hardly any column has something to clean."""
    together = "".join(texts)
    spoilt = " " in together or not is_tidy(together)
    if spoilt or (column.kind is Kind.KEY and narrow(together) != together):
        return [cleaned(column, text_) for text_ in texts]
    return texts
