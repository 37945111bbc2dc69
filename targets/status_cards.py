"""Builds the cards that show the status of targets on pages."""

from __future__ import annotations

from hunan_trade.quantities import NO_DATA, format_with_commas, format_with_sign
from hunan_trade.ui.component_data import Bullet, Fact
from hunan_trade.ui.component_data import TargetCard as Card
from targets.rules_target_status import MEASURES
from targets.target_status import TargetStatus


def status_card(row: TargetStatus, url: str = "") -> Card | None:
    """Return the card that shows a target's status on a page, or None if the target has no goal or no figure."""
    goal = row.goal.amount if row.goal else None
    actual = row.actual.amount if row.actual else None
    if row.progress is None or goal is None or actual is None:
        return None
    expected = goal * (row.progress.expected_percent.amount or 0) / 100
    measure = MEASURES[row.measure]
    behind = actual - expected
    # A fraction of a piece says something about two firms, nothing about a thousand projects.
    places = max(measure.places, 1) if abs(behind) < 10 * measure.scale else measure.places
    label = f"实际 {row.actual_text}，序时 {format_with_commas(expected / measure.scale, places)}，{row.goal_text_for_card} {row.unit}"
    return Card(
        title=row.title,
        url=url,
        light=row.light.value,
        verdict=row.verdict.words,
        figure=row.actual_text,
        rest=f"{row.unit}，{row.goal_text_for_card}，完成 {row.completion_text}%",
        bullet=Bullet(
            label=label,
            actual=actual,
            goal=goal,
            expected=expected,
            stretch=row.stretch,
        ),
        facts=(
            Fact("距序时", format_with_sign(behind / measure.scale, places), negative=behind < 0),
            Fact("同比", row.change_text),
            Fact("上年同期", row.last_year_text or NO_DATA),
            Fact("余月月均需", row.needed_per_month_text or NO_DATA),
        ),
    )
