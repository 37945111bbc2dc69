"""Declares the states of a report and the moves between them."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.workflow import Move, Workflow
from reporting import workflow_guards
from reporting.models import Status

REPORT = Workflow(
    initial=Status.DRAFT,
    labels={status.value: str(status.label) for status in Status},
    moves={
        "redraft": Move("重新起草", frozenset({Status.DRAFT}), "", Permission.PREPARE_REPORT),
        "edit": Move("改文字", frozenset({Status.DRAFT}), "", Permission.PREPARE_REPORT, verb="report.edited"),
        "ask_review": Move(
            "送审核", frozenset({Status.DRAFT}), Status.REVIEWING, Permission.PREPARE_REPORT, verb="report.review_asked"
        ),
        "review": Move(
            "审核通过",
            frozenset({Status.REVIEWING}),
            Status.REVIEWED,
            Permission.REVIEW_REPORT,
            (workflow_guards.reviewer_did_not_draft,),
            verb="report.reviewed",
        ),
        "give_back": Move(
            "退回草稿",
            frozenset({Status.REVIEWING, Status.REVIEWED}),
            Status.DRAFT,
            Permission.REVIEW_REPORT,
            verb="report.given_back",
            needs_reason="写明退回原因",
        ),
        "issue": Move(
            "签发",
            frozenset({Status.REVIEWED}),
            Status.ISSUED,
            Permission.ISSUE_REPORT,
            (workflow_guards.issuer_did_not_draft,),
            verb="report.issued",
        ),
        # The row of an issued report stays as it is: voiding is written beside it.
        "void": Move(
            "作废",
            frozenset({Status.ISSUED}),
            "",
            Permission.ISSUE_REPORT,
            (workflow_guards.not_void,),
            verb="report.voided",
            needs_reason="写明作废原因",
        ),
    },
    # What is reviewed and issued is the sealed content: it stays the same while the report moves on.
    token=lambda report: report.content_sha256,
    stale_message=lambda report, by: f"{report}在您打开后已有改动。看过现在的内容后再办",
)
