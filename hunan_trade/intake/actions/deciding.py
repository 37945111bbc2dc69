"""Actions by which the province accepts returns, gives them back, and decides on exemptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import actions_state_changes
from hunan_trade.audit.actions import record
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions.return_state_change_checks import prepare_move, select_return_for_update
from hunan_trade.intake.models import Exemption, MonthlyReturn, Posting, Remark, Round, Status
from hunan_trade.intake.rules_workflow_guards import LONGEST_EXEMPTION, ExemptionGuardData, exemption_too_long
from hunan_trade.intake.workflow import EXEMPTION
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def accept(return_id: int, *, by: User, seen: str) -> Round:
    """Check a monthly return sent by a city once more, accept it, and store its figures as statistics.

    Stores the sheets' records, the indicators' observations, and the postings; returns the decided round.

    `seen` is the SHA-256 of the workbook that the reviewer saw.
    """
    monthly_return = select_return_for_update(return_id)
    move = prepare_move("accept", monthly_return, by=by, seen=seen)
    current = _round_under_review(monthly_return)
    checked = return_sheets.stored_sheets(monthly_return).check()
    if checked.blocking:
        raise MoveRefused(f"复核发现 {len(checked.blocking)} 处必须改，请退回修改")
    figures: dict[str, Decimal] = {}
    cells: dict[str, str] = {}
    for dataset in datasets.of_month(monthly_return.period):
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
        reason=_reopening_reason(monthly_return),
        by=by,
    )
    Posting.objects.bulk_create(
        [Posting(observation=observation, round=current, cells=cells[code]) for code, observation in written.items()]
    )
    move.save_row_with_new_state()
    move.record(after={"receipt": current.receipt, "sha256": current.digest, "figures": len(written)})
    return current


def _round_under_review(monthly_return: MonthlyReturn) -> Round:
    waiting = monthly_return.round_under_review()
    if waiting is None:
        raise MoveRefused("没有待审核的一轮")
    return waiting


@transaction.atomic
def accept_many(seen: Mapping[int, str], *, by: User) -> list[Round]:
    """Accept several monthly returns sent by cities; if one of them cannot be accepted, accept none.

    `seen` maps return ids to the SHA-256 that the reviewer saw. All returns are locked first: what their datasets lock
    comes after the return for everybody.
    """
    for return_id in sorted(seen):
        select_return_for_update(return_id)
    return [accept(return_id, by=by, seen=seen[return_id]) for return_id in sorted(seen)]


def _reopening_reason(monthly_return: MonthlyReturn) -> str:
    """Return why an accepted monthly return was last reopened, or "" if it was never reopened."""
    reopening = (
        monthly_return.exemptions.filter(kind=Exemption.Kind.REOPEN, granted=True).order_by("-decided_at").first()
    )
    return reopening.reason if reopening else ""


@dataclass(frozen=True)
class RemarkedCell:
    """A cell that the reviewer wants corrected: the code of its sheet, its record key and its column key."""

    dataset: str
    key: str
    column: str


@transaction.atomic
def give_back(return_id: int, reason: str, *, by: User, seen: str, cells: Sequence[RemarkedCell] = ()) -> Round:
    """Send a monthly return back to the city for correction, and store the reason and the cells to correct.

    Returns the decided round.
    """
    monthly_return = select_return_for_update(return_id)
    move = prepare_move("give_back", monthly_return, by=by, seen=seen, reason=reason)
    current = _round_under_review(monthly_return)
    Remark.objects.bulk_create(_build_remarks(monthly_return, current, cells))
    current.decision, current.decided_by, current.decided_at = Round.Decision.GIVEN_BACK, by, clock.now()
    current.reason = move.reason
    current.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
    move.save_row_with_new_state(round_number=monthly_return.round_number + 1)
    move.record(after={"receipt": current.receipt, "cells": len(cells)})
    return current


def _build_remarks(monthly_return: MonthlyReturn, current: Round, cells: Sequence[RemarkedCell]) -> list[Remark]:
    if not cells:
        return []
    tables = return_sheets.stored_sheets(monthly_return).check().tables
    remarks = []
    for cell in dict.fromkeys(cells):
        try:
            table = tables[cell.dataset]
            at = table.index[cell.key]
            letter = table.spec.letter(cell.column)
        except KeyError:
            raise MoveRefused("指出的单元格不在这份月报里") from None
        remarks.append(
            Remark(
                round=current,
                dataset=cell.dataset,
                key=cell.key,
                column=cell.column,
                cell=f"{letter}{table.numbers[at]}",
                record=table.names[at],
                value=_remark_value_text(table.values[cell.column][at]),
            )
        )
    return remarks


def _remark_value_text(value: Decimal | date | str | None) -> str:
    """Return a cell's value as text, cut to 40 characters, to be stored with the request to correct the cell."""
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


@transaction.atomic
def ask_exemption(return_id: int, kind: str, reason: str, until: datetime, *, by: User) -> Exemption:
    """Create a request to reopen an accepted monthly return, or to file a return after its lock date.

    Somebody else decides on the request.
    """
    monthly_return = select_return_for_update(return_id)
    if not by.may(Permission.ASK_EXEMPTION):
        raise MoveRefused("没有提出例外的权限")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    if until <= clock.now():
        raise MoveRefused("期限要晚于现在")
    if exemption_too_long(until, clock.now()):
        raise MoveRefused(f"期限最长 {LONGEST_EXEMPTION.days} 天。写近一些，不够再申请")
    reopens = kind == Exemption.Kind.REOPEN
    if reopens != (monthly_return.status == Status.ACCEPTED) or monthly_return.status == Status.SENT:
        raise MoveRefused(f"“{monthly_return.state.label}”的月报不能办理{Exemption.Kind(kind).label}")
    if monthly_return.exemptions.filter(granted=None).exists():
        raise MoveRefused("已有一项例外待批准")
    exemption = Exemption.objects.create(
        monthly_return=monthly_return, kind=kind, asked_by=by, asked_at=clock.now(), reason=reason, until=until
    )
    record(
        "exemption.asked",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        reason=reason,
        after={"kind": kind, "until": until.isoformat()},
    )
    return exemption


@transaction.atomic
def decide_exemption(exemption_id: int, *, granted: bool, by: User) -> Exemption:
    """Grant or refuse a request to reopen a return or file it late; raise MoveRefused if `by` made the request.

    A granted reopening starts the next round.
    """
    exemption = actions_state_changes.lock_row(Exemption.objects.all(), exemption_id)
    monthly_return = select_return_for_update(exemption.monthly_return_id)
    move = actions_state_changes.check_state_change(
        exemption,
        "grant" if granted else "refuse",
        EXEMPTION,
        by=by,
        seen=Exemption.State.ASKED,
        reason=exemption.reason,
        facts=ExemptionGuardData(exemption.state, exemption.asked_by_id, exemption.until, clock.now()),
    )
    move.save_row_with_new_state(decided_by=by, decided_at=clock.now())
    if granted and exemption.kind == Exemption.Kind.REOPEN:
        prepare_move("reopen", monthly_return, by=by, seen=None).save_row_with_new_state(
            round_number=monthly_return.round_number + 1
        )
    move.record(about=monthly_return, after={"kind": exemption.kind, "until": exemption.until.isoformat()})
    return exemption
