"""Sets the derived fields of projects before saving, and updates verdicts, counts and pairs afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hunan_trade.audit.actions import Actor
from projects.counting.monthly_counts import counted_before
from projects.counting.verdict_updates import update_linked_verdicts
from projects.counting.verdicts import VERDICT_FIELDS, set_verdicts
from projects.duplicates.candidates import candidate_sentences, record_candidates
from projects.duplicates.rules_similarity import investor_keys
from projects.models import Project

DERIVED_FIELDS = (*VERDICT_FIELDS, "investor_keys")


def set_derived_values(projects: Sequence[Project]) -> None:
    """Set the computed fields of projects before saving: whether they count, and the normalised investor names."""
    set_verdicts(projects)
    for project in projects:
        project.investor_keys = investor_keys(project.investors)


def update_dependent_values(
    changed: Sequence[tuple[Mapping[str, Any], Project]], *, by: Actor, reason: str
) -> dict[int, list[str]]:
    """Update what depends on changed projects: whether linked projects count, monthly counts, possible duplicates.

    `changed` are stored projects, each behind the earlier values of its changed fields. Returns by key a sentence for each
    project that may be the same as a changed one, as far as the writer may see it.
    """
    counted = [counted_before(was, project) for was, project in changed]
    update_linked_verdicts([project for _, project in changed], counted, by=by, reason=reason)
    asked = record_candidates(changed, by=by, reason=reason)
    return candidate_sentences(asked, [project.pk for _, project in changed], by=by)
