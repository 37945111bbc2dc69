"""Tables of the states of returns and exemptions, and of the state changes that are allowed."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import rules_workflow_guards
from hunan_trade.intake.models import Exemption, MonthlyReturn, Status
from hunan_trade.workflow import Move, Workflow


def _reviewed_workbook_digest(monthly_return: MonthlyReturn) -> str | None:
    """Return the SHA-256 of the workbook under review, or None if no workbook is under review."""
    waiting = monthly_return.round_under_review()
    return waiting.digest if waiting else None


def _sent_again_message(monthly_return: MonthlyReturn, by: object) -> str:
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
            (rules_workflow_guards.require_own_city, rules_workflow_guards.require_open),
        ),
        "hand_up": Move(
            "送市州负责人",
            frozenset({Status.FILLING, Status.GIVEN_BACK}),
            Status.SIGNING,
            Permission.HAND_UP_RETURN,
            (
                rules_workflow_guards.require_own_city,
                rules_workflow_guards.require_open,
                rules_workflow_guards.require_complete,
            ),
            verb="return.handed_up",
        ),
        "hand_back": Move(
            "退给填报人",
            frozenset({Status.SIGNING}),
            Status.FILLING,
            Permission.HAND_BACK_RETURN,
            (rules_workflow_guards.require_own_city,),
            verb="return.handed_back",
            needs_reason="写明要填报人改什么",
        ),
        "sign": Move(
            "签发送省厅",
            frozenset({Status.SIGNING}),
            Status.SENT,
            Permission.SIGN_RETURN,
            (
                rules_workflow_guards.require_own_city,
                rules_workflow_guards.require_open,
                rules_workflow_guards.require_signer_did_not_fill,
                rules_workflow_guards.require_complete,
            ),
            verb="return.sent",
        ),
        "give_back": Move(
            "退回修改",
            frozenset({Status.SENT}),
            Status.GIVEN_BACK,
            Permission.GIVE_BACK_RETURN,
            (rules_workflow_guards.require_reviewer_did_not_edit_or_sign,),
            verb="return.given_back",
            needs_reason="写明退回原因，原因会原样发给市州",
            token=_reviewed_workbook_digest,
            stale_message=_sent_again_message,
        ),
        "accept": Move(
            "核定",
            frozenset({Status.SENT}),
            Status.ACCEPTED,
            Permission.ACCEPT_RETURN,
            (rules_workflow_guards.require_reviewer_did_not_edit_or_sign,),
            verb="return.accepted",
            token=_reviewed_workbook_digest,
            stale_message=_sent_again_message,
        ),
        "reopen": Move("重新打开", frozenset({Status.ACCEPTED}), Status.GIVEN_BACK, Permission.DECIDE_EXEMPTION),
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
            Permission.DECIDE_EXEMPTION,
            (rules_workflow_guards.require_decider_did_not_ask, rules_workflow_guards.require_future_deadline),
            verb="exemption.granted",
        ),
        "refuse": Move(
            "驳回例外",
            frozenset({Exemption.State.ASKED}),
            Exemption.State.REFUSED,
            Permission.DECIDE_EXEMPTION,
            (rules_workflow_guards.require_decider_did_not_ask,),
            verb="exemption.refused",
        ),
    },
    field="state",
    # It is never edited: who decides saw one that nobody had decided yet.
    token=lambda exemption: exemption.state,
    stale_message=lambda exemption, by: "这项例外已由他人决定",
)
