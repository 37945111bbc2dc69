"""Actions by which a city's users pass a return to the city's lead, sign it and send it to the province."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.files import actions as files
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.actions.return_state_change_checks import prepare_move, select_return_for_update
from hunan_trade.intake.models import MonthlyReturn, Round, Row


@transaction.atomic
def submit_to_city_lead(return_id: int, *, by: User, seen: int) -> MonthlyReturn:
    """Pass a complete monthly return from the reporter to the city's lead for signature.

    All figures must be filled in and all findings explained. `seen` is the version that the page showed.

    Datasets lock their registers before the instant is taken: who writes beside this is wholly before it or after it.
    """
    monthly_return = select_return_for_update(return_id)
    for dataset in datasets.of_month(monthly_return.period):
        if dataset.lock is not None:
            dataset.lock(monthly_return.region_id)
    at = clock.now()
    checked = return_sheets.stored_sheets(monthly_return).check()
    move = prepare_move("hand_up", monthly_return, by=by, seen=seen, checked=checked, at=at)
    move.save_row_with_new_state(handed_up_by=by, handed_up_at=at, note="")
    move.record()
    return monthly_return


@transaction.atomic
def hand_back_to_reporter(return_id: int, reason: str, *, by: User, seen: int) -> MonthlyReturn:
    """Pass a monthly return from the city's lead back to the reporter, and store the lead's reason."""
    move = prepare_move("hand_back", select_return_for_update(return_id), by=by, seen=seen, reason=reason)
    move.save_row_with_new_state(note=move.reason)
    move.record()
    return move.row


@transaction.atomic
def sign(return_id: int, *, by: User, seen: int) -> Round:
    """Sign a monthly return as the city's lead, send it to the province, and return the new `Round` of review.

    Stores its workbook and receipt.

    The workbook of record is written from the stored rows, whichever way they came in.

    Its cell addresses and SHA-256 are the receipt's; the first sending fixes whether the return was on time.
    """
    monthly_return, at = select_return_for_update(return_id), clock.now()
    form = return_sheets.stored_sheets(monthly_return)
    move = prepare_move("sign", monthly_return, by=by, seen=seen, checked=form.check(), at=at)
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
    move.save_row_with_new_state(first_sent_at=monthly_return.first_sent_at or sent.sent_at)
    move.record(after={"receipt": sent.receipt, "sha256": sent.digest, "round": sent.number})
    return sent
