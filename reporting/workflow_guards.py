"""Guards of the report workflow: each returns why a user may not take a step, or None if the user may."""

from __future__ import annotations

from typing import Any


def reviewer_did_not_draft(report: Any, by: Any) -> str | None:
    return "本稿由您改稿或送审，须由他人审核" if by.pk in report.writer_ids else None


def issuer_did_not_draft(report: Any, by: Any) -> str | None:
    return "本稿由您改稿或送审，须由另一位负责人签发" if by.pk in report.writer_ids else None


def not_void(report: Any, by: Any) -> str | None:
    return "本期已作废" if report.voided else None
