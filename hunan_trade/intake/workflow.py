"""Declares the states and moves of a return as a table."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import rules
from hunan_trade.intake.models import Exemption, MonthlyReturn, Status
from hunan_trade.workflow import Move, Workflow


def _round_digest(monthly_return: MonthlyReturn) -> str | None:
    """The workbook that is decided on; None while none waits."""
    waiting = monthly_return.round_under_review()
    return waiting.digest if waiting else None


def _sent_again(monthly_return: MonthlyReturn, by: object) -> str:
    return f"{monthly_return}在您打开后已重新报送。看过新的一轮再决定"


RETURN = Workflow(
    initial=Status.FILLING,
    labels={status.value: str(status.label) for status in Status},
    moves={
        "fill": Move(
            "填写",
            frozenset({Status.FILLING, Status.GIVEN_BACK}),
            "",  # stays where it is
            Permission.FILL_RETURN,
            (rules.own_city, rules.open_now),
        ),
        "hand_up": Move(
            "送市州负责人",
            frozenset({Status.FILLING, Status.GIVEN_BACK}),
            Status.SIGNING,
            Permission.HAND_UP_RETURN,
            (rules.own_city, rules.open_now, rules.complete),
            verb="return.handed_up",
        ),
        "hand_back": Move(
            "退给填报人",
            frozenset({Status.SIGNING}),
            Status.FILLING,
            Permission.HAND_BACK_RETURN,
            (rules.own_city,),
            verb="return.handed_back",
            needs_reason="写明要填报人改什么",
        ),
        "sign": Move(
            "签发送省厅",
            frozenset({Status.SIGNING}),
            Status.SENT,
            Permission.SIGN_RETURN,
            (rules.own_city, rules.open_now, rules.signer_did_not_fill, rules.complete),
            verb="return.sent",
        ),
        "give_back": Move(
            "退回修改",
            frozenset({Status.SENT}),
            Status.GIVEN_BACK,
            Permission.GIVE_BACK_RETURN,
            (rules.reviewer_did_not_sign,),
            verb="return.given_back",
            needs_reason="写明退回原因，原因会原样发给市州",
            token=_round_digest,
            stale_message=_sent_again,
        ),
        "accept": Move(
            "核定",
            frozenset({Status.SENT}),
            Status.ACCEPTED,
            Permission.ACCEPT_RETURN,
            (rules.reviewer_did_not_sign,),
            verb="return.accepted",
            token=_round_digest,
            stale_message=_sent_again,
        ),
        "reopen": Move("重新打开", frozenset({Status.ACCEPTED}), Status.GIVEN_BACK, Permission.DECIDE_EXCEPTION),
    },
)

EXEMPTION = Workflow(
    initial=Exemption.State.ASKED,
    labels={state.value: str(state.label) for state in Exemption.State},
    moves={
        "grant": Move(
            "批准例外",
            frozenset({Exemption.State.ASKED}),
            Exemption.State.GRANTED,
            Permission.DECIDE_EXCEPTION,
            (rules.decider_did_not_ask, rules.until_is_ahead),
            verb="exception.granted",
        ),
        "refuse": Move(
            "驳回例外",
            frozenset({Exemption.State.ASKED}),
            Exemption.State.REFUSED,
            Permission.DECIDE_EXCEPTION,
            (rules.decider_did_not_ask,),
            verb="exception.refused",
        ),
    },
    field="state",
    # It is never edited: who decides saw one that nobody had decided yet.
    token=lambda exemption: exemption.state,
    stale_message=lambda exemption, by: "这项例外已由他人决定",
)
