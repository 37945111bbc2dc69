"""The province's decisions: accepting, giving back, and exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import state_changes
from hunan_trade.audit.actions import record
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions.locking import allow, locked
from hunan_trade.intake.models import Exemption, MonthlyReturn, Posting, Remark, Round, Status
from hunan_trade.intake.rules import LONGEST_EXCEPTION, ExceptionFacts, exception_too_long
from hunan_trade.intake.workflow import EXEMPTION
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def accept(return_id: int, *, by: User, seen: str) -> Round:
    """核定: check again, then store facts, observations and postings, all in this transaction.

    `seen` is the SHA-256 of the workbook that the reviewer saw.
    """
    monthly_return = locked(return_id)
    move = allow("accept", monthly_return, by=by, seen=seen)
    current = _under_review(monthly_return)
    checked = return_sheets.stored_sheets(monthly_return).check()
    if checked.blocking:
        raise MoveRefused(f"复核发现 {len(checked.blocking)} 处必须改，请退回修改")
    figures: dict[str, Decimal] = {}
    cells: dict[str, str] = {}
    for dataset in datasets.declared():
        for stored in dataset.store(checked.tables[dataset.code], round_=current, by=by):
            figures[stored.indicator], cells[stored.indicator] = stored.value, stored.cells
    current.decision, current.decided_by, current.decided_at = Round.Decision.ACCEPTED, by, clock.now()
    current.save(update_fields=["decision", "decided_by", "decided_at"])
    written = record_observations(
        figures,
        region=monthly_return.region_id,
        month=monthly_return.period,
        source=Source.RETURN,
        known_at=current.decided_at,
        reason=_why_corrected(monthly_return),
        by=by,
    )
    Posting.objects.bulk_create(
        [Posting(observation=observation, round=current, cells=cells[code]) for code, observation in written.items()]
    )
    move.save()
    move.record(after={"receipt": current.receipt, "sha256": current.digest, "figures": len(written)})
    return current


def _under_review(monthly_return: MonthlyReturn) -> Round:
    waiting = monthly_return.round_under_review()
    if waiting is None:
        raise MoveRefused("没有待审核的一轮")
    return waiting


@transaction.atomic
def accept_many(seen: Mapping[int, str], *, by: User) -> list[Round]:
    """Accept all or none: return id → the SHA-256 that the reviewer saw. Locks are taken in one order."""
    return [accept(return_id, by=by, seen=seen[return_id]) for return_id in sorted(seen)]


def _why_corrected(monthly_return: MonthlyReturn) -> str:
    """Return the reason of the exception that reopened the return; "" for a first acceptance."""
    opened = monthly_return.exemptions.filter(kind=Exemption.Kind.REOPEN, granted=True).order_by("-decided_at").first()
    return opened.reason if opened else ""


@dataclass(frozen=True)
class Pointed:
    """A cell that the reviewer remarks on."""

    dataset: str
    key: str
    column: str


@transaction.atomic
def give_back(return_id: int, reason: str, *, by: User, seen: str, cells: Sequence[Pointed] = ()) -> Round:
    """退回修改, with a reason and remarks on cells. The return goes to its next round."""
    monthly_return = locked(return_id)
    move = allow("give_back", monthly_return, by=by, seen=seen, reason=reason)
    current = _under_review(monthly_return)
    Remark.objects.bulk_create(_remarks(monthly_return, current, cells))
    current.decision, current.decided_by, current.decided_at = Round.Decision.GIVEN_BACK, by, clock.now()
    current.reason = move.reason
    current.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
    move.save(round_number=monthly_return.round_number + 1)
    move.record(after={"receipt": current.receipt, "cells": len(cells)})
    return current


def _remarks(monthly_return: MonthlyReturn, current: Round, cells: Sequence[Pointed]) -> list[Remark]:
    if not cells:
        return []
    tables = return_sheets.stored_sheets(monthly_return).check().tables
    remarks = []
    for pointed in dict.fromkeys(cells):
        try:
            table = tables[pointed.dataset]
            at = table.index[pointed.key]
            letter = table.spec.letter(pointed.column)
        except KeyError:
            raise MoveRefused("指出的单元格不在这份月报里") from None
        remarks.append(
            Remark(
                round=current,
                dataset=pointed.dataset,
                key=pointed.key,
                column=pointed.column,
                cell=f"{letter}{table.numbers[at]}",
                record=table.names[at],
                value=_as_pointed(table.values[pointed.column][at]),
            )
        )
    return remarks


def _as_pointed(value: Decimal | str | None) -> str:
    """Return the cell's text for the remark, cut where it is long."""
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else value
    return text if len(text) <= 40 else text[:39] + "…"


@transaction.atomic
def ask_exception(return_id: int, kind: str, reason: str, until: datetime, *, by: User) -> Exemption:
    """Propose to reopen an accepted return, or to let a locked one be filed late; another person decides."""
    monthly_return = locked(return_id)
    if not by.may(Permission.ASK_EXCEPTION):
        raise MoveRefused("没有提出例外的权限")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    if until <= clock.now():
        raise MoveRefused("期限要晚于现在")
    if exception_too_long(until, clock.now()):
        raise MoveRefused(f"期限最长 {LONGEST_EXCEPTION.days} 天。写近一些，不够再申请")
    reopens = kind == Exemption.Kind.REOPEN
    if reopens != (monthly_return.status == Status.ACCEPTED) or monthly_return.status == Status.SENT:
        raise MoveRefused(f"“{monthly_return.state.label}”的月报不能办理{Exemption.Kind(kind).label}")
    if monthly_return.exemptions.filter(granted=None).exists():
        raise MoveRefused("已有一项例外待批准")
    asked = Exemption.objects.create(
        monthly_return=monthly_return, kind=kind, asked_by=by, asked_at=clock.now(), reason=reason, until=until
    )
    record(
        "exception.asked",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        reason=reason,
        after={"kind": kind, "until": until.isoformat()},
    )
    return asked


@transaction.atomic
def decide_exception(exemption_id: int, *, granted: bool, by: User) -> Exemption:
    """Grant or refuse an exception; whoever asked may not decide. A granted reopening starts the next round."""
    exemption = state_changes.lock(Exemption.objects.all(), exemption_id)
    monthly_return = locked(exemption.monthly_return_id)
    move = state_changes.allow(
        exemption,
        "grant" if granted else "refuse",
        EXEMPTION,
        by=by,
        seen=Exemption.State.ASKED,
        reason=exemption.reason,
        facts=ExceptionFacts(exemption.state, exemption.asked_by_id, exemption.until, clock.now()),
    )
    move.save(decided_by=by, decided_at=clock.now())
    if granted and exemption.kind == Exemption.Kind.REOPEN:
        allow("reopen", monthly_return, by=by, seen=None).save(round_number=monthly_return.round_number + 1)
    move.record(about=monthly_return, after={"kind": exemption.kind, "until": exemption.until.isoformat()})
    return exemption
