"""Pure functions that summarise, as JSON for the import's pages, what the check of a file found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from hunan_trade.lists.imports.row_checking_and_writing import Check
from hunan_trade.lists.imports.row_comparison import RowResult, count_verdicts
from hunan_trade.lists.imports.row_matching import LINK
from hunan_trade.tabular.findings import Finding, Severity

SHOWN_CHANGES = 1_000  # fields listed one by one; what is beyond them holds as the file says
SHOWN_FINDINGS = 1_000
SHOWN_NEW = 300


def summarize(check: Check) -> dict[str, Any]:
    """Return what the check of an imported file found, as JSON: counts, messages, duplicates, changes, new rows."""
    results, opened = check.results, check.opened
    changes = [change for result in results if result.verdict != "refused" for change in result.changes]
    written = [change for result in results if result.verdict == "changed" for change in result.changes]
    changes.sort(key=lambda change: (not change.is_open, not change.is_outlier))
    findings = sorted(_findings(check), key=lambda finding: finding["severity"] != Severity.BLOCKING)
    new = [result for result in results if result.verdict == "new"]
    return {
        "counts": count_verdicts(results),
        "rows": len(results),
        "cells": sum(change.side != "register" for change in written),
        "open": sum(change.is_open for change in changes),
        "outliers": sum(change.is_open and change.is_outlier for change in changes),
        "kept": sum(result.kept for result in results),
        "findings": findings[:SHOWN_FINDINGS],
        "more_findings": len(findings[SHOWN_FINDINGS:]),
        "duplicates": [_duplicate(result) for result in results if result.candidates and result.verdict != "refused"],
        "changes": [
            {**asdict(change), "name": rows[change.row].name, "record": rows[change.row].pk}
            for rows in [{result.number: result for result in results}]
            for change in changes[:SHOWN_CHANGES]
        ],
        "more_changes": len(changes[SHOWN_CHANGES:]),
        "new": [[result.number, result.name] for result in new[:SHOWN_NEW]],
        "more_new": len(new[SHOWN_NEW:]),
        "no_records": [[row.number, row.text, row.reason] for row in opened.table.skipped],
        "unmapped": [[head.letter, head.title, filled] for head, filled in opened.unmapped],
        "refused": [result.number for result in results if result.verdict == "refused"],
        "returned": [reason for result in results for reason in _reasons_not_written(check, result)],
    }


def _findings(check: Check) -> Iterable[dict[str, Any]]:
    for result in check.results:
        for finding in result.findings:
            text = check.opened.text(result.number, finding.column)
            yield _finding(result, finding, text)


def _finding(result: RowResult, finding: Finding, text: str) -> dict[str, Any]:
    return {
        "cell": finding.cell,
        "row": result.number,
        "name": result.name,
        "text": text[:60],
        "severity": str(finding.severity),
        "message": finding.message,
    }


def _reasons_not_written(check: Check, result: RowResult) -> Iterable[list[Any]]:
    """Yield [row number, cell address, Chinese sentence] for each reason why an imported row is not written."""
    if result.verdict in ("undecided", "skipped"):
        name = check.opened.address(result.number, check.comparison.name)
        alike = "、".join(f"“{candidate.name}”" for candidate in result.candidates)
        outcome = "没有选怎么办" if result.verdict == "undecided" else "选了跳过"
        yield [result.number, name, f"库里有名称相近的{alike}，{outcome}。"]
    elif result.verdict == "refused":
        for finding in result.findings:
            if finding.severity == Severity.BLOCKING:
                yield [result.number, finding.cell, finding.message]


def _duplicate(result: RowResult) -> dict[str, Any]:
    values = {candidate.pk: f"{LINK}:{candidate.key}" for candidate in result.candidates}
    return {
        "row": result.number,
        "name": result.name,
        "choice": values[result.pk] if result.choice == LINK and result.pk else result.choice,
        "candidates": [{**vars(candidate), "value": values[candidate.pk]} for candidate in result.candidates],
    }
