"""The year's targets as the six cards of the province's desk. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.urls import reverse

from hunan_trade.periods import Month
from hunan_trade.quantities import NO_DATA
from hunan_trade.ui.components import Bullet, Fact
from hunan_trade.ui.components import Target as Card
from targets.cards import card
from targets.models import Target
from targets.rules import Light
from targets.status import Standing

SHOWN = 6
WHOLE = Decimal(100)


def of(standings: Iterable[Standing], month: Month) -> tuple[Card, ...]:
    """The measured targets that have a figure and a verdict, in the plan's order."""
    drawn = (_drawn(row, f"{reverse('targets:item', args=[month.year, row.item])}?month={month}") for row in standings)
    return tuple(found for found in drawn if found is not None)[:SHOWN]


def _drawn(row: Standing, url: str) -> Card | None:
    return _share(row, url) if row.shape == Target.Shape.DIRECTION else card(row, url)


def _share(row: Standing, url: str) -> Card | None:
    """A share that has to move against last year: the rail is the whole, the tick last year."""
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
        bullet=Bullet(f"今年 {row.actual_text}%，上年同期 {row.last_year_text}%", now, WHOLE, expected=before),
        facts=(
            Fact("上年同期", f"{row.last_year_text}%" if before is not None else NO_DATA),
            Fact("变动", row.change_text, negative=row.verdict.light is Light.BAD),
        ),
    )
