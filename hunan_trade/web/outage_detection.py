"""Recognises outages of the database or the disk by their exceptions, and chooses the error response."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2.errors
from django.db import DatabaseError, Error, InterfaceError, InternalError, OperationalError, connection

from hunan_trade.workbooks.reader_slots import ReadersBusy

ATTEMPTS = 3
ROLLED_BACK_CODES = frozenset(
    {"40001", "40P01"}
)  # serialization failure, deadlock: rolled back by the server, and it says so
_CONNECTION_CODES = ("08", "57P")  # connection exceptions; shut down, crashed, starting up
_DIAGNOSTIC_FIELDS = ("table_name", "context")  # where PostgreSQL names the table or the function that failed
_DISK_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class Outage:
    """Data of the error response to an outage: status, sentence for the user, and seconds until a retry.

    0 seconds: a retry does not help by itself.

    `title` is its own where the status' usual one would say something else.
    """

    status: int
    reason: str
    wait: int
    title: str = ""


def outage_of(fault: BaseException | None, *, writes: bool) -> Outage | None:
    """Return the `Outage` to report for an exception such as a full disk or lost connection; None for others.

    `writes` says whether the request wanted to change something.
    """
    if _disk_is_full(fault):
        return Outage(507, "服务器存储空间已满，本次没有保存。报信息中心清出空间后再办，不必重填已保存的内容。", 60)
    if isinstance(fault, ReadersBusy):
        return Outage(503, str(fault), 60, fault.title)
    if not isinstance(fault, Error):
        return None
    code = _sqlstate(fault)
    if code in ROLLED_BACK_CODES:
        return Outage(503, _outage_message("与别人同时办理，数据库没有办成", writes, "再办一次。"), 1)
    if code == "55P03":
        return Outage(503, _outage_message("同一份内容正由别人办理", writes, "稍后再试。"), 3)
    if code == "57014":
        return Outage(503, _outage_message("数据库没有按时办完", writes, "稍后再试，查询的缩小范围。"), 10)
    if _audit_log_failed(fault):
        return Outage(503, _outage_message("审计记录没有写成", writes, "报信息中心处理后再办。"), 30)
    if code.startswith("42501"):  # the role may read only: a restore or a switch-over is under way
        return Outage(503, _outage_message("数据库暂时不能写", writes, "稍后再试。"), 30)
    if not (is_connection_failure(fault) or isinstance(fault, InternalError)):
        return None
    # The connection may have broken at the very commit: nobody here knows whether that was done.
    look = "本次可能没有保存。稍后回到原页核对，没有保存的再办一次。" if writes else "稍后再试。"
    return Outage(503, f"数据库没有应答，{look}", 5)


def is_temporary(fault: BaseException | None) -> bool:
    """Return whether a retry may succeed: the database rolled back the transaction or the connection was lost."""
    if fault is None or not is_connection_failure(fault):
        return False
    code = _sqlstate(fault)
    return code in ROLLED_BACK_CODES or not code or code.startswith(_CONNECTION_CODES)


def is_connection_failure(fault: BaseException) -> bool:
    """Return whether the exception has a type by which the database driver may report a lost connection.

    psycopg2 says `server closed the connection unexpectedly` by OperationalError as a rule, but by DatabaseError
    itself, without a code, where the server died between two messages of one answer.
    """
    if isinstance(fault, (OperationalError, InterfaceError)):
        return True
    return type(fault) is DatabaseError and not _sqlstate(fault)


def reconnect() -> None:
    """Replace a broken database connection by a new one, or raise OperationalError if the server is down."""
    if not connection.is_usable():
        connection.close()
        connection.ensure_connection()


def _outage_message(cause: str, writes: bool, remedy: str) -> str:
    return f"{cause}，{'本次没有保存。' if writes else ''}{remedy}"


def _sqlstate(fault: BaseException) -> str:
    """Return the SQLSTATE code of a database error, or "" if the error has no code.

    As after a lost connection.
    """
    return getattr(fault.__cause__, "pgcode", None) or ""


def _disk_is_full(fault: BaseException | None) -> bool:
    """Return whether the exception or one of its causes reports a full disk."""
    return any(
        (isinstance(link, OSError) and link.errno in _DISK_FULL_ERRORS) or isinstance(link, psycopg2.errors.DiskFull)
        for link in _exception_chain(fault)
    )


def _audit_log_failed(fault: BaseException) -> bool:
    """Return whether a database error arose from writing the audit log or its hash chain."""
    told = getattr(fault.__cause__, "diag", None)
    return any(
        "audit_" in (text or "") for text in (str(fault), *(getattr(told, name, "") for name in _DIAGNOSTIC_FIELDS))
    )


def _exception_chain(fault: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and then its causes, at most ten exceptions in all."""
    for _ in range(10):
        if fault is None:
            return
        yield fault
        fault = fault.__cause__ or fault.__context__
