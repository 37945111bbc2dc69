"""Computes a target's status from its figures, and the texts that pages show about the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import POINTS, FigureKey, Value
from hunan_trade.periods import Month, format_chinese_date
from hunan_trade.quantities import format_with_commas, format_with_sign
from targets import rules_target_status
from targets.models import Target
from targets.rules_target_status import MEASURES, Light, Measure, Verdict, YearProgress

UNREACHED = "未达成"


@dataclass(frozen=True)
class TargetStatus:
    """A target's status with its figures up to a month, and the texts that pages show about the target."""

    pk: int
    code: str
    item: int
    title: str
    shape: str
    measure: str  # a code of rules.MEASURES
    goal_text: str
    goal: Value | None  # the floor, for a range
    stretch: Decimal | None  # in the goal's unit
    actual: Value | None
    actual_text: str
    last_year: Value | None
    last_year_text: str
    change_text: str  # against the same period: +43.9% or +2.5 个百分点
    progress: YearProgress | None
    needed_per_month_text: str
    verdict: Verdict

    @property
    def unit(self) -> str:
        return MEASURES[self.measure].word

    @property
    def goal_text_for_card(self) -> str:
        """Return the goal as a text without unit, such as 目标 75 or 底线 2，力争 3."""
        if self.stretch is not None:
            return self.goal_text.replace(f" {self.unit}", "")
        amount = self.goal.amount if self.goal else None
        return f"目标 {rules_target_status.format_without_trailing_zeros(None if amount is None else amount / MEASURES[self.measure].scale)}"

    @property
    def figure_note(self) -> str:
        """Why the target has no figure, or which cities its figure leaves out, or "" if neither."""
        return self.actual.note if self.actual else ""

    @property
    def completion(self) -> Value | None:
        return self.progress.completion if self.progress else None

    @property
    def expected_percent(self) -> Value | None:
        return self.progress.expected_percent if self.progress else None

    @property
    def gap_to_expected(self) -> Value | None:
        return self.progress.gap if self.progress else None

    @property
    def completion_text(self) -> str:
        """The completed percentage of the yearly goal as text, or — if unknown."""
        return format_with_commas(self.progress.completion.amount if self.progress else None, 1)

    @property
    def expected_percent_text(self) -> str:
        """The percentage of the yearly goal expected by now as text, or — without a yearly goal."""
        return format_with_commas(self.progress.expected_percent.amount if self.progress else None, 1)

    @property
    def light(self) -> Light:
        return self.verdict.light

    @property
    def is_measured(self) -> bool:
        """Whether the target is measured by an indicator, as all targets but milestones and rosters are."""
        return self.shape not in {Target.Shape.MILESTONE, Target.Shape.ROSTER}

    @property
    def is_unreached_milestone(self) -> bool:
        """Whether the target is a milestone that has not been recorded as reached."""
        return self.shape == Target.Shape.MILESTONE and self.actual_text == UNREACHED


def yearly_goal_status(target: Target, this_year: Value, last_year: Value, month: Month) -> TargetStatus:
    """Return the status of a target with a yearly goal, from figures of this and last year."""
    measure = MEASURES[target.unit]
    floor = target.floor if target.shape == Target.Shape.RANGE else target.value
    assert floor is not None  # the table's CHECK
    key, label = FigureKey("target", month.year, target.code), f"{target.title}年度目标"
    goal = computed_values.value_from_plan(key, label, floor * measure.scale, this_year.unit)
    if target.stretch is not None:
        result = rules_target_status.range_progress(this_year, goal, target.stretch * measure.scale, month)
    else:
        result = rules_target_status.year_progress(this_year, goal, month)
    change = computed_values.growth(this_year.key.with_steps("yoy"), f"{target.title}同比", this_year, last_year)
    return _build_status(
        target,
        measure,
        goal=goal,
        this_year=this_year,
        last_year=last_year,
        change_text=f"{format_with_sign(change.amount)}%" if change.amount is not None else change.note,
        progress=result,
        needed_per_month_text=_monthly_need_text(result.needed_per_month, measure),
        verdict=result.verdict,
    )


def _monthly_need_text(rate: Decimal | None, measure: Measure) -> str:
    """Format the amount needed per month, with at least one decimal place if the amount is below ten.

    Otherwise 2 firms in 7 months would be printed as 0.
    """
    small = rate is not None and rate / measure.scale < 10
    return format_with_commas(
        None if rate is None else rate / measure.scale, max(measure.places, 1) if small else measure.places
    )


def direction_status(target: Target, this_year: Value, last_year: Value) -> TargetStatus:
    """Return the status of a target that only demands a rise or fall, from figures of this and last year."""
    measure = MEASURES[target.unit]
    change = computed_values.difference(
        this_year.key.with_steps("change"), f"{target.title}变动", this_year, last_year, POINTS
    )
    amount = None if change.amount is None else change.amount / measure.scale
    unit = POINTS.name if target.unit == "percent" else measure.word
    rising = target.direction == Target.Direction.RISE
    verdict = rules_target_status.direction_verdict(amount, rising=rising, unit=unit, places=measure.places)
    if target.roster is not None and amount is not None:
        verdict = Verdict(Light.OFF, f"只计{target.roster.title}，不亮灯")  # the item's other lists are not in
    return _build_status(
        target,
        measure,
        this_year=this_year,
        last_year=last_year,
        change_text=f"{format_with_sign(amount, measure.places)} {unit}" if amount is not None else change.note,
        verdict=verdict,
    )


def milestone_status(target: Target, today: date) -> TargetStatus:
    """Return the status of a milestone on the day `today`."""
    assert target.due_on is not None  # the table's CHECK
    reached = format_chinese_date(target.reached_on) if target.reached_on else UNREACHED
    verdict = rules_target_status.milestone_verdict(target.due_on, target.reached_on, today)
    return _build_status(target, MEASURES[target.unit], actual_text=reached, verdict=verdict)


def roster_status(target: Target) -> TargetStatus:
    """Return the status of a target that requires names on a roster, from the number of listed names."""
    assert target.roster is not None  # the table's CHECK
    number = len(target.roster.entries.all())
    verdict = rules_target_status.roster_verdict(number, target.roster.required)
    return _build_status(target, MEASURES[target.unit], actual_text=str(number), verdict=verdict)


def _build_status(
    target: Target,
    measure: Measure,
    *,
    verdict: Verdict,
    goal: Value | None = None,
    this_year: Value | None = None,
    last_year: Value | None = None,
    actual_text: str = "",
    change_text: str = "",
    progress: YearProgress | None = None,
    needed_per_month_text: str = "",
) -> TargetStatus:
    return TargetStatus(
        pk=target.pk,
        code=target.code,
        item=target.item.number,
        title=target.title,
        shape=target.shape,
        measure=target.unit,
        goal_text=goal_text(target),
        goal=goal,
        stretch=None if target.stretch is None else target.stretch * measure.scale,
        actual=this_year,
        actual_text=measure.format_number(this_year.amount) if this_year else actual_text,
        last_year=last_year,
        last_year_text=measure.format_number(last_year.amount) if last_year else "",
        change_text=change_text,
        progress=progress,
        needed_per_month_text=needed_per_month_text,
        verdict=verdict,
    )


def goal_text(target: Target) -> str:
    """Format a target's goal in Chinese, such as 75 亿美元 or 比上年同期提高."""
    word = MEASURES[target.unit].word
    match target.shape:
        case Target.Shape.RANGE:
            return f"底线 {rules_target_status.format_without_trailing_zeros(target.floor)} {word}，力争 {rules_target_status.format_without_trailing_zeros(target.stretch)} {word}"
        case Target.Shape.DIRECTION:
            return f"比上年同期{Target.Direction(target.direction).label}"
        case Target.Shape.COMPARATIVE:
            return f"比上届{Target.Direction(target.direction).label}"
        case Target.Shape.MILESTONE:
            return format_chinese_date(target.due_on) if target.due_on else ""
        case Target.Shape.ROSTER:
            return f"应列 {target.roster.required} {word}" if target.roster else ""
        case Target.Shape.ABSOLUTE:
            base, growth = (
                rules_target_status.format_without_trailing_zeros(target.base),
                rules_target_status.format_without_trailing_zeros(target.growth_pct),
            )
            return f"{rules_target_status.format_without_trailing_zeros(target.value)} {word}（基数 {base}，增长 {growth}%）"
        case _:
            return f"{rules_target_status.format_without_trailing_zeros(target.value)} {word}"
