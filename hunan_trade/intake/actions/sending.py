"""From the reporter to the city's lead and up to the province."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.files import actions as files
from hunan_trade.intake import sheets
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.actions.locking import expect, locked, permit, turn
from hunan_trade.intake.models import MonthlyReturn, Round, Row, Status
from hunan_trade.typed_text import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def hand_up(return_id: int, *, by: User, version: int) -> MonthlyReturn:
    """送市州负责人: the figures are complete and every oddity is explained. `version` is the return's as it was shown."""
    monthly_return, at = locked(return_id), clock.now()
    expect(monthly_return, version)
    permit("hand_up", monthly_return, by, sheets.stored(monthly_return).check(), at)
    monthly_return.handed_up_by, monthly_return.handed_up_at, monthly_return.note = by, at, ""
    turn(monthly_return, Status.SIGNING, "handed_up_by", "handed_up_at", "note")
    record("return.handed_up", by=by, subject=monthly_return, region=monthly_return.region_id)
    return monthly_return


@transaction.atomic
def hand_back(return_id: int, reason: str, *, by: User, version: int) -> MonthlyReturn:
    """退给填报人, with what to change."""
    monthly_return = locked(return_id)
    expect(monthly_return, version)
    permit("hand_back", monthly_return, by)
    if not (reason := tidy(reason)):
        raise MoveRefused("写明要填报人改什么")
    monthly_return.note = reason
    turn(monthly_return, Status.FILLING, "note")
    record("return.handed_back", by=by, subject=monthly_return, region=monthly_return.region_id, reason=reason)
    return monthly_return


@transaction.atomic
def sign(return_id: int, *, by: User, version: int) -> Round:
    """签发送省厅: the canonical workbook is written from the raw rows, whichever door they came through.

    Its cell addresses and SHA-256 are the receipt's; the first sending fixes whether the return was on time.
    """
    monthly_return, at = locked(return_id), clock.now()
    expect(monthly_return, version)
    form = sheets.stored(monthly_return)
    permit("sign", monthly_return, by, form.check(), at)
    workbook = files.store_file(form.workbook(version=monthly_return.version, demo=settings.DEMO), content_type=XLSX)
    assert monthly_return.handed_up_by is not None and monthly_return.handed_up_at is not None
    previous = monthly_return.rounds.order_by("-number").first()
    if (
        previous and previous.number >= monthly_return.round_number
    ):  # an older backup of the return came beside its rounds
        before, monthly_return.round_number = monthly_return.round_number, previous.number + 1
        record(
            "return.counter_mended",
            by=by,
            subject=monthly_return,
            region=monthly_return.region_id,
            before={"round": before},
            after={"round": monthly_return.round_number},
        )
    sent = Round.objects.create(
        monthly_return=monthly_return,
        number=monthly_return.round_number,
        receipt=f"{monthly_return.period}-{monthly_return.region.short_name}-{monthly_return.round_number}",
        workbook=workbook,
        rows_changed=Row.objects.filter(monthly_return=monthly_return, edited_at__gt=previous.sent_at).count()
        if previous
        else 0,
        filled_by=monthly_return.handed_up_by,
        handed_up_at=monthly_return.handed_up_at,
        signed_by=by,
        sent_at=at,
    )
    monthly_return.first_sent_at = monthly_return.first_sent_at or sent.sent_at
    turn(monthly_return, Status.SENT, "first_sent_at", "round_number")
    record(
        "return.sent",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        after={"receipt": sent.receipt, "sha256": sent.digest, "round": sent.number},
    )
    return sent
