"""The background job that writes a large import."""

from __future__ import annotations

from uuid import UUID

from hunan_trade.accounts.models import User
from hunan_trade.jobs.lease import Lease
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.workflow import MoveRefused, Stale

CHANGED = "检查以后内容有了变化，没有写入。已重新核对，请看过再写入"


def write_import(lease: Lease, *, pk: str, version: int) -> None:
    """Background job that writes a checked import's valid rows into its list, either all or none of them.

    A killed worker leaves nothing behind, and the next one begins anew.
    """
    assert isinstance(lease.by, User)
    found = Import.objects.visible_to(lease.by).select_related("file").filter(pk=UUID(pk)).first()
    if found is None or (found.version, found.state) != (version, Import.State.WRITING):
        raise MoveRefused("这次导入已停止，一行没有写入")
    listing = next(each for each in declared() if each.code == found.listing)
    try:
        actions.write(
            listing, found, by=lease.by, seen=version, within=lease.fenced, finish=lease.finish, report=lease.advance
        )
    except actions.CheckedAnew as anew:
        raise MoveRefused(CHANGED) from anew
    except Stale as stopped:
        raise MoveRefused("这次导入已停止，一行没有写入") from stopped
