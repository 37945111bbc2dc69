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
from hunan_trade.intake.models import Return, Round, Row, Status
from hunan_trade.typed_text import tidy
from hunan_trade.workflow import MoveRefused


@transaction.atomic
def hand_up(return_id: int, *, by: User, version: int) -> Return:
    """送市州负责人: the figures are complete and every oddity is explained. `version` is the return's as it was shown."""
    return_, at = locked(return_id), clock.now()
    expect(return_, version)
    permit("hand_up", return_, by, sheets.stored(return_).check(), at)
    return_.handed_up_by, return_.handed_up_at, return_.note = by, at, ""
    turn(return_, Status.SIGNING, "handed_up_by", "handed_up_at", "note")
    record("return.handed_up", by=by, subject=return_, region=return_.region_id)
    return return_


@transaction.atomic
def hand_back(return_id: int, reason: str, *, by: User, version: int) -> Return:
    """退给填报人, with what to change."""
    return_ = locked(return_id)
    expect(return_, version)
    permit("hand_back", return_, by)
    if not (reason := tidy(reason)):
        raise MoveRefused("写明要填报人改什么")
    return_.note = reason
    turn(return_, Status.FILLING, "note")
    record("return.handed_back", by=by, subject=return_, region=return_.region_id, reason=reason)
    return return_


@transaction.atomic
def sign(return_id: int, *, by: User, version: int) -> Round:
    """签发送省厅: the canonical workbook is written from the raw rows, whichever door they came through.

    Its cell addresses and SHA-256 are the receipt's; the first sending fixes whether the return was on time.
    """
    return_, at = locked(return_id), clock.now()
    expect(return_, version)
    form = sheets.stored(return_)
    permit("sign", return_, by, form.check(), at)
    workbook = files.keep(form.workbook(version=return_.version, demo=settings.DEMO), content_type=XLSX)
    assert return_.handed_up_by is not None and return_.handed_up_at is not None
    previous = return_.rounds.order_by("-number").first()
    if previous and previous.number >= return_.round_number:  # an older backup of the return came beside its rounds
        before, return_.round_number = return_.round_number, previous.number + 1
        record(
            "return.counter_mended",
            by=by,
            subject=return_,
            region=return_.region_id,
            before={"round": before},
            after={"round": return_.round_number},
        )
    sent = Round.objects.create(
        return_ref=return_,
        number=return_.round_number,
        receipt=f"{return_.period}-{return_.region.short_name}-{return_.round_number}",
        workbook=workbook,
        rows_changed=Row.objects.filter(return_ref=return_, edited_at__gt=previous.sent_at).count() if previous else 0,
        filled_by=return_.handed_up_by,
        handed_up_at=return_.handed_up_at,
        signed_by=by,
        sent_at=at,
    )
    return_.first_sent_at = return_.first_sent_at or sent.sent_at
    turn(return_, Status.SENT, "first_sent_at", "round_number")
    record(
        "return.sent",
        by=by,
        subject=return_,
        region=return_.region_id,
        after={"receipt": sent.receipt, "sha256": sent.digest, "round": sent.number},
    )
    return sent
