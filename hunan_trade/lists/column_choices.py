"""The columns of a list that somebody wants to see, remembered for that person and for nobody else."""

from __future__ import annotations

from collections.abc import Sequence

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.models import ColumnChoice


def chosen_columns(columns: Sequence[Column], *, listing: str, user: User) -> tuple[Column, ...]:
    """Return those of the visible columns that the user chose, in their order; the default ones without a choice."""
    visible = {column.key: column for column in columns}
    choice = ColumnChoice.objects.filter(user=user, listing=listing).first()
    chosen = tuple(visible[key] for key in choice.columns if key in visible) if choice else ()
    return chosen or tuple(column for column in columns if column.default)


def choose_columns(keys: Sequence[str], *, listing: str, by: User) -> None:
    """Remember the user's columns; with none, the default ones are shown again. Leaves no event: it is a way to look."""
    if keys:
        ColumnChoice.objects.update_or_create(user=by, listing=listing, defaults={"columns": list(keys)})
    else:
        ColumnChoice.objects.filter(user=by, listing=listing).delete()


def moved(keys: Sequence[str], key: str, step: int) -> list[str]:
    """Return the keys with one of them a place further up (-1) or down (+1), as far as there is one."""
    found = list(keys)
    if key in found and 0 <= (at := found.index(key)) + step < len(found):
        found.insert(at + step, found.pop(at))
    return found
