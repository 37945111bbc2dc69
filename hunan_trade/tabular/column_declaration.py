"""Defines `Column`, the declaration of one column of a table: its title, its kind and its parser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import TextChoices

from hunan_trade.periods import Month
from hunan_trade.tabular.column_parsers import Parser, to_half_width
from hunan_trade.tabular.date_column_parser import DateParser
from hunan_trade.text_cleaning import is_tidy, tidy


class Kind(TextChoices):
    KEY = "key", "编号"  # names the record
    LOCKED = "locked", "锁定"  # from the register or last month; not to be changed
    MONTH = "month", "当月数"  # the month's figure: typed and stored
    CHECK = "check", "核对数"  # typed as a check only
    ENTRY = "entry", "填写项"  # typed and no figure: a choice, a day, words; each row may bring a default
    REASON = "reason", "说明"  # explains what the rules find odd


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
    required: bool = False  # of an entry: it may not be blank (a month's figure never may)
    nil: str | None = (
        None  # what a nil return writes here; None: 0 as a month's figure, an entry's default, else nothing
    )

    @property
    def is_date(self) -> bool:
        return isinstance(self.parse, DateParser)

    @property
    def holds_words(self) -> bool:
        """Whether the column holds words, such as a reason or a choice; its cells are read as Excel shows them."""
        return self.kind is Kind.REASON or (self.kind is Kind.ENTRY and not self.is_date)

    def nil_return_text(self, default: str) -> str:
        """Return the cell text, such as "0", for this column in the return of a city with nothing to report."""
        if self.nil is not None:
            return self.nil
        return {Kind.MONTH: "0", Kind.ENTRY: default}.get(self.kind, "")

    def upper_heading(self, month: Month) -> str:
        """Return the column's upper heading for the given month, such as 6月当月 or 1-6月."""
        return self.group.format(month=month.month, span=month.range_in_digits, before=month.previous.month)


def clean_cell(column: Column, text_: str | None) -> str:
    """Return a cell's text without invisible characters and outer blanks; in a key column, in half-width form."""
    return to_half_width(tidy(text_)) if column.kind is Kind.KEY else tidy(text_)


def clean_column(column: Column, texts: Sequence[str]) -> Sequence[str]:
    """Return a column's texts cleaned by `clean_cell`.

    `texts` itself if nothing needs cleaning.
    """
    together = "".join(texts)
    spoilt = " " in together or not is_tidy(together)
    if spoilt or (column.kind is Kind.KEY and to_half_width(together) != together):
        return [clean_cell(column, text_) for text_ in texts]
    return texts
