"""What is wrong when nobody did anything wrong: the database or the disk. Which of it passes, and what is said of it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2.errors
from django.db import Error, InterfaceError, InternalError, OperationalError, connection

from hunan_trade.workbooks.slots import ReadersBusy

ATTEMPTS = 3
UNDONE = frozenset({"40001", "40P01"})  # serialization failure, deadlock: rolled back by the server, and it says so
_CUT = ("08", "57P")  # connection exceptions; shut down, crashed, starting up
_PLACES = ("table_name", "context")  # where PostgreSQL names the table or the function that failed
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class Outage:
    """An answer's status, its sentence, and after how many seconds it may be asked again (0: not by itself).

    `title` is its own where the status' usual one would say something else.
    """

    status: int
    reason: str
    wait: int
    title: str = ""


def outage(fault: BaseException | None, *, writes: bool) -> Outage | None:
    """What to tell of an accident, or None when it is a fault of ours. `writes`: the request meant to change something."""
    if _disk_is_full(fault):
        return Outage(507, "服务器存储空间已满，本次没有保存。报信息中心清出空间后再办，不必重填已保存的内容。", 60)
    if isinstance(fault, ReadersBusy):
        return Outage(503, str(fault), 60, fault.title)
    if not isinstance(fault, Error):
        return None
    code = _code(fault)
    if code in UNDONE:
        return Outage(503, _unsaved("与别人同时办理，数据库没有办成", writes, "再办一次。"), 1)
    if code == "55P03":
        return Outage(503, _unsaved("同一份内容正由别人办理", writes, "稍后再试。"), 3)
    if code == "57014":
        return Outage(503, _unsaved("数据库没有按时办完", writes, "稍后再试，查询的缩小范围。"), 10)
    if _log_is_shut(fault):
        return Outage(503, _unsaved("审计记录没有写成", writes, "报信息中心处理后再办。"), 30)
    if code.startswith("42501"):  # the role may read only: a restore or a switch-over is under way
        return Outage(503, _unsaved("数据库暂时不能写", writes, "稍后再试。"), 30)
    if not isinstance(fault, (OperationalError, InterfaceError, InternalError)):
        return None
    # The connection may have broken at the very commit: nobody here knows whether that was done.
    look = "本次可能没有保存。稍后回到原页核对，没有保存的再办一次。" if writes else "稍后再试。"
    return Outage(503, f"数据库没有应答，{look}", 5)


def passes(fault: BaseException | None) -> bool:
    """Whether doing the same again may well succeed: nothing was done, or a lost connection says nothing of it."""
    if not isinstance(fault, (OperationalError, InterfaceError)):
        return False
    code = _code(fault)
    return code in UNDONE or not code or code.startswith(_CUT)


def reconnect() -> None:
    """Let go of a connection that is gone and open another; OperationalError when the server is gone, too."""
    if not connection.is_usable():
        connection.close()
        connection.ensure_connection()


def _unsaved(cause: str, writes: bool, remedy: str) -> str:
    return f"{cause}，{'本次没有保存。' if writes else ''}{remedy}"


def _code(fault: BaseException) -> str:
    """The SQLSTATE, "" where none came: then the connection itself broke."""
    return getattr(fault.__cause__, "pgcode", None) or ""


def _disk_is_full(fault: BaseException | None) -> bool:
    """Ours, where files lie, or the database's; also where somebody has wrapped it."""
    return any(
        (isinstance(link, OSError) and link.errno in _FULL) or isinstance(link, psycopg2.errors.DiskFull)
        for link in _links(fault)
    )


def _log_is_shut(fault: BaseException) -> bool:
    """Whether the event could not be written or sealed: then the work that it tells of is undone as well."""
    told = getattr(fault.__cause__, "diag", None)
    return any("audit_" in (text or "") for text in (str(fault), *(getattr(told, name, "") for name in _PLACES)))


def _links(fault: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if fault is None:
            return
        yield fault
        fault = fault.__cause__ or fault.__context__
