"""Pure functions that build the target cards of the province's home page from target statuses."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.urls import reverse

from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA
from hunan_trade.ui.component_data import Bullet, Fact
from hunan_trade.ui.component_data import TargetCard as Card
from targets.models import Target
from targets.rules_target_status import Light
from targets.status_cards import status_card
from targets.target_status import TargetStatus

MAX_CARDS = 6
ONE_HUNDRED = Decimal(100)


def target_cards(statuses: Iterable[TargetStatus], month: Month) -> tuple[Card, ...]:
    """Return home page cards for the first MAX_CARDS work plan targets whose actual value is known."""
    cards = (
        _build_card(row, f"{reverse('targets:item', args=[month.year, row.item])}?month={month}") for row in statuses
    )
    return tuple(found for found in cards if found is not None)[:MAX_CARDS]


def _build_card(row: TargetStatus, url: str) -> Card | None:
    return _percentage_card(row, url) if row.shape == Target.Shape.DIRECTION else status_card(row, url)


def _percentage_card(row: TargetStatus, url: str) -> Card | None:
    """Return a card that compares a target in percent with last year, or None if its value is unknown."""
    now = row.actual.amount if row.actual else None
    if now is None or row.verdict.light is Light.OFF or row.measure != "percent":
        return None
    before = row.last_year.amount if row.last_year else None
    return Card(
        title=row.title,
        url=url,
        light=row.light.value,
        verdict=row.verdict.words,
        figure=f"{row.actual_text}%",
        rest=f"目标：{row.goal_text}",
        bullet=Bullet(f"今年 {row.actual_text}%，上年同期 {row.last_year_text}%", now, ONE_HUNDRED, expected=before),
        facts=(
            Fact("上年同期", f"{row.last_year_text}%" if before is not None else NO_DATA),
            Fact("变动", row.change_text, negative=row.verdict.light is Light.BAD),
        ),
    )
