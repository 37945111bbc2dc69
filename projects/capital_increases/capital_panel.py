"""Prepares the contracted capital of a project for its page: first contract, increases and total."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.safestring import SafeString

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.capital_increases.tables import ABOUT_INCREASE
from projects.models import CapitalIncrease, Project
from projects.reviewed_entries.tables import entry_columns

_INCREASES = PageTable(
    "增资", tuple(replace(column, sort=()) for column in (*ABOUT_INCREASE, *entry_columns(CapitalIncrease)))
)


@dataclass(frozen=True)
class CapitalPanel:
    """Contracted capital of a project for its page: a sentence per currency and a table of the increases."""

    sentences: tuple[str, ...]
    increases: SafeString


def capital_panel(user: User, project: Project) -> CapitalPanel | None:
    """Return a project's contracted capital and its increases for its page, or None if it has no increases."""
    increases = list(project.increases.select_related("entered_by", "decided_by").order_by("pk"))
    if not increases:
        return None
    parts = (
        ("外资", project.contracted_usd, project.increased_usd, project.contracted_total_usd, "万美元"),
        ("内资", project.contracted_cny, project.increased_cny, project.contracted_total_cny, "万元"),
    )
    return CapitalPanel(
        tuple(_capital_sentence(*part) for part in parts if part[3] is not None), _INCREASES.html(increases, user=user)
    )


def _capital_sentence(
    title: str, first: Decimal | None, increased: Decimal | None, total: Decimal | None, unit: str
) -> str:
    first_text, increased_text, total_text = (
        quantities.add_commas_to_typed(quantities.money_to_wan_text(amount or Decimal(0)))
        for amount in (first, increased, total)
    )
    return f"{title}：原合同 {first_text} + 增资 {increased_text} = 合计 {total_text} {unit}"
