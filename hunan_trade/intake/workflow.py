"""The life of a return as a table."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import rules
from hunan_trade.intake.models import Status
from hunan_trade.workflow import Move, Workflow

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
        ),
        "hand_back": Move(
            "退给填报人", frozenset({Status.SIGNING}), Status.FILLING, Permission.HAND_BACK_RETURN, (rules.own_city,)
        ),
        "sign": Move(
            "签发送省厅",
            frozenset({Status.SIGNING}),
            Status.SENT,
            Permission.SIGN_RETURN,
            (rules.own_city, rules.open_now, rules.signer_did_not_fill, rules.complete),
        ),
        "give_back": Move(
            "退回修改",
            frozenset({Status.SENT}),
            Status.GIVEN_BACK,
            Permission.GIVE_BACK_RETURN,
            (rules.reviewer_did_not_sign,),
        ),
        "accept": Move(
            "核定", frozenset({Status.SENT}), Status.ACCEPTED, Permission.ACCEPT_RETURN, (rules.reviewer_did_not_sign,)
        ),
        "reopen": Move("重新打开", frozenset({Status.ACCEPTED}), Status.GIVEN_BACK, Permission.DECIDE_EXCEPTION),
    },
)
