"""What the province decides: accepting, giving back, and exceptions to both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, sheets
from hunan_trade.intake.actions.locking import locked, permit, turn
from hunan_trade.intake.models import Exemption, MonthlyReturn, Posting, Remark, Round, Status
from hunan_trade.intake.rules import LONGEST_EXCEPTION, moment, too_long
from hunan_trade.typed_text import tidy
from hunan_trade.workflow import MoveRefused, Stale


def _round_shown(monthly_return: MonthlyReturn, shown: str) -> Round:
    """The round under review; Stale when the reviewer looked at another workbook than the one that stands."""
    latest = monthly_return.rounds.select_related("workbook").filter(decision="").order_by("-number").first()
    if latest is None:
        raise MoveRefused("没有待审核的一轮")
    if shown != latest.digest:
        raise Stale(f"{monthly_return}在您打开后已重新报送。看过新的一轮再决定")
    return latest


@transaction.atomic
def accept(return_id: int, *, by: User, shown: str) -> Round:
    """核定: checked again, then facts, observations and their postings, all in this transaction.

    `shown` is the SHA-256 of the workbook that the reviewer saw.
    """
    monthly_return = locked(return_id)
    permit("accept", monthly_return, by)
    current = _round_shown(monthly_return, shown)
    checked = sheets.stored(monthly_return).check()
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
    turn(monthly_return, Status.ACCEPTED)
    record(
        "return.accepted",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        after={"receipt": current.receipt, "sha256": current.digest, "figures": len(written)},
    )
    return current


@transaction.atomic
def accept_many(shown: Mapping[int, str], *, by: User) -> list[Round]:
    """All of them or none: return id → the SHA-256 that the reviewer saw. In one order, so that two reviewers can wait."""
    return [accept(return_id, by=by, shown=shown[return_id]) for return_id in sorted(shown)]


def _why_corrected(monthly_return: MonthlyReturn) -> str:
    """The reason of the exception that reopened the return; "" for a first acceptance."""
    opened = monthly_return.exemptions.filter(kind=Exemption.Kind.REOPEN, granted=True).order_by("-decided_at").first()
    return opened.reason if opened else ""


@dataclass(frozen=True)
class Pointed:
    """A cell that the reviewer points at."""

    dataset: str
    key: str
    column: str


@transaction.atomic
def give_back(return_id: int, reason: str, *, by: User, shown: str, cells: Sequence[Pointed] = ()) -> Round:
    """退回修改, with a reason and the cells it is about. The return goes to its next round."""
    monthly_return = locked(return_id)
    permit("give_back", monthly_return, by)
    if not (reason := tidy(reason)):
        raise MoveRefused("写明退回原因，原因会原样发给市州")
    current = _round_shown(monthly_return, shown)
    Remark.objects.bulk_create(_remarks(monthly_return, current, cells))
    current.decision, current.decided_by, current.decided_at = Round.Decision.GIVEN_BACK, by, clock.now()
    current.reason = reason
    current.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
    monthly_return.round_number += 1
    turn(monthly_return, Status.GIVEN_BACK, "round_number")
    record(
        "return.given_back",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        reason=reason,
        after={"receipt": current.receipt, "cells": len(cells)},
    )
    return current


def _remarks(monthly_return: MonthlyReturn, current: Round, cells: Sequence[Pointed]) -> list[Remark]:
    if not cells:
        return []
    tables = sheets.stored(monthly_return).check().tables
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
    """What stood in the cell, a long text cut short."""
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
    if too_long(until, clock.now()):
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
    """The second person: whoever asked does not decide. A granted reopening starts the next round."""
    exemption = Exemption.objects.select_for_update().get(pk=exemption_id)
    monthly_return = locked(exemption.monthly_return_id)
    if not by.may(Permission.DECIDE_EXCEPTION):
        raise MoveRefused("没有批准例外的权限")
    if exemption.granted is not None:
        raise Stale("这项例外已由他人决定")
    if exemption.asked_by_id == by.pk:
        raise MoveRefused("提出人不能批准自己提出的例外")
    if granted and clock.past(exemption.until, clock.now()):
        raise MoveRefused(f"申请的期限{moment(exemption.until)}已过，不能批准。请省厅经办重新提出")
    exemption.granted, exemption.decided_by, exemption.decided_at = granted, by, clock.now()
    exemption.save(update_fields=["granted", "decided_by", "decided_at"])
    if granted and exemption.kind == Exemption.Kind.REOPEN:
        permit("reopen", monthly_return, by)
        monthly_return.round_number += 1
        turn(monthly_return, Status.GIVEN_BACK, "round_number")
    record(
        "exception.granted" if granted else "exception.refused",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        reason=exemption.reason,
        after={"kind": exemption.kind, "until": exemption.until.isoformat()},
    )
    return exemption
