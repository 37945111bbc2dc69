"""What an uploaded workbook would change of what is stored. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hunan_trade.intake.checking import RawSheet
from hunan_trade.intake.columns import Column
from hunan_trade.intake.sheets import Form

CELL = 2000  # characters kept of one raw cell; the column's own limit is told by the checks
Change = tuple[str, str, str, str, str]  # sheet, record, column, before, after


def typed_columns(sheet: RawSheet) -> dict[str, Sequence[str]]:
    """The typed columns as they are kept."""
    return {column.key: _kept(sheet.texts[column.key]) for column in sheet.dataset.typed}


def _kept(texts: Sequence[str]) -> Sequence[str]:
    return [text[:CELL] for text in texts] if max(map(len, texts), default=0) > CELL else texts


class Changes:
    """The cells that would be another, counted at once and told one by one, by row.

    A first upload changes every cell; a page shows the first few hundred of them.
    """

    def __init__(self, raw: Sequence[RawSheet], form: Form) -> None:
        self._form = form
        self._sheets = [(sheet, _differing(sheet, form.texts.get(sheet.dataset.code, {}))) for sheet in raw]
        self._count = sum(len(places) for _, by_column in self._sheets for places in by_column.values())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Change]:
        for sheet, by_column in self._sheets:
            dataset, new = sheet.dataset, typed_columns(sheet)
            typed, known = self._form.texts.get(dataset.code, {}), self._form.known[dataset.code]
            listed = {row.key: row.name for row in known.rows}
            changed = {column: set(places) for column, places in by_column.items()}
            for at in sorted(set().union(*changed.values())):
                key = sheet.keys[at]
                record = known.recognise(key) if key not in listed else None
                name = listed.get(key) or (record.name if record else key)
                before = typed.get(key, {})
                for column in dataset.typed:
                    if at in changed[column.key]:
                        yield dataset.sheet, name, column.title, before.get(column.key, ""), new[column.key][at]


def _differing(sheet: RawSheet, typed: Mapping[str, Mapping[str, str]]) -> dict[str, list[int]]:
    """Column key → the rows in which it would be another; of a record named twice the last one counts."""
    last = {key: at for at, key in enumerate(sheet.keys)}
    nothing: Mapping[str, str] = {}
    before = [typed.get(key, nothing) for key in last] if typed else []
    found = {}
    for column, texts in zip(sheet.dataset.typed, typed_columns(sheet).values(), strict=True):
        if not typed:
            found[column.key] = [at for at in last.values() if texts[at]]
            continue
        pairs = zip(last.values(), [row.get(column.key, "") for row in before], strict=True)
        found[column.key] = [at for at, now in pairs if now != texts[at] and not _same_number(column, now, texts[at])]
    return found


def _same_number(column: Column, now: str, new: str) -> bool:
    """Only written otherwise: 343.40 and 343.4."""
    if column.places is None or not now or not new:
        return False
    both = column.parse([now, new])
    return not both.faults and both.values[0] == both.values[1]
