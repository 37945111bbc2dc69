"""Functions that store and apply the columns of a list that each user has chosen."""

from __future__ import annotations

from collections.abc import Sequence

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.models import ColumnChoice


def chosen_columns(columns: Sequence[Column], *, listing: str, user: User) -> tuple[Column, ...]:
    """Return the user's chosen columns in their order, or the default columns if the user has chosen none.

    Columns that are no longer visible are left out.
    """
    visible = {column.key: column for column in columns}
    choice = ColumnChoice.objects.filter(user=user, listing=listing).first()
    chosen = tuple(visible[key] for key in choice.columns if key in visible) if choice else ()
    return chosen or tuple(column for column in columns if column.default)


def store_column_choice(keys: Sequence[str], *, listing: str, by: User) -> None:
    """Store the user's choice of columns, or restore the default columns if `keys` is empty.

    Leaves no event: it is a way to look.
    """
    if keys:
        ColumnChoice.objects.update_or_create(user=by, listing=listing, defaults={"columns": list(keys)})
    else:
        ColumnChoice.objects.filter(user=by, listing=listing).delete()


def move_key(keys: Sequence[str], key: str, step: int) -> list[str]:
    """Return the column keys with `key` moved by one position, up for -1 or down for +1; unchanged at either end."""
    found = list(keys)
    if key in found and 0 <= (at := found.index(key)) + step < len(found):
        found.insert(at + step, found.pop(at))
    return found
