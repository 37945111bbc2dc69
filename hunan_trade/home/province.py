"""Loads the home page of the province: work to be done, targets, ranking and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from enterprises import queries as enterprises
from enterprises.indicator_declarations import TOTAL
from enterprises.queries import LargestEnterprise
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.home import city_ranking, target_cards, todo_items, trade_charts
from hunan_trade.indicators.queries_observations import panel_data_of_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.intake import datasets
from hunan_trade.intake import queries_board_and_review_queue as intake
from hunan_trade.intake.models import MonthlyReturn, Remark, Row, Status
from hunan_trade.intake.queries_board_and_review_queue import BoardPage
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from hunan_trade.ui.chart_data import Chart, CityMap
from hunan_trade.ui.component_data import TargetCard as Card
from hunan_trade.ui.component_data import TodoItem
from projects.alerts import FollowedProjectCounts, count_followed_projects
from projects.waiting_entries import waiting_entries
from reporting.kinds import BULLETIN
from reporting.models import Report
from reporting.queries import PendingDraft, PeriodKey, pending_drafts
from targets.models import PlanItem, TaskState
from targets.queries import default_month, target_statuses
from targets.target_status import TargetStatus

LARGEST_SHOWN = 10


@dataclass(frozen=True)
class ProvinceHome:
    today: datetime
    facts: tuple[str, ...]
    board: BoardPage
    reviews: tuple[TodoItem, ...]
    reminders: tuple[TodoItem, ...]
    decisions: tuple[TodoItem, ...]
    behind: tuple[TodoItem, ...]
    followed: FollowedProjectCounts
    alerts: tuple[TodoItem, ...]  # of the projects that the reader follows
    figures: YearFigures


@dataclass(frozen=True)
class YearFigures:
    """The data on the province's home page that are the same for all users."""

    month: Month
    note: str  # 不含…, or empty
    statuses: tuple[TargetStatus, ...]
    cards: tuple[Card, ...]
    places: tuple[city_ranking.RankingRow, ...]
    growth_map: CityMap | None
    charts: tuple[Chart, ...]
    largest: tuple[LargestEnterprise, ...]


def province_home(user: User) -> ProvinceHome:
    now = clock.now()
    board = intake.load_board_page(Month.of(now.date()).previous.year, user)
    waiting_by_desk = {desk.title: desk.waiting for desk in board.desks}
    counts = _counts_by_return(line.monthly_return for waiting in waiting_by_desk.values() for line in waiting)
    at_province = waiting_by_desk.get(intake.DESKS[Status.SENT], ())
    at_cities = [
        line for title, waiting in waiting_by_desk.items() if title != intake.DESKS[Status.SENT] for line in waiting
    ]
    reports, writing = tuple(_unissued_and_this_months_reports(user, board.current)), pending_drafts(user)
    month = default_month()
    figures = _province_figures(month)
    followed = count_followed_projects(user)
    return ProvinceHome(
        today=now,
        facts=tuple(_headline_texts(board, reports, writing, now)),
        board=board,
        reviews=todo_items.review_items(at_province, counts),
        reminders=todo_items.overdue_and_given_back_return_items(at_cities, counts, now),
        decisions=(
            *todo_items.waiting_project_entry_items(waiting_entries(user)),
            *todo_items.report_and_exemption_items(reports, writing, board.exemptions, user),
        ),
        behind=todo_items.milestone_and_task_items(_delayed_tasks(user, month.year), figures.statuses, month.year),
        followed=followed,
        alerts=todo_items.followed_project_items(followed),
        figures=figures,
    )


def _province_figures(month: Month) -> YearFigures:
    statuses = target_statuses(month)
    trade = panel_data_of_indicator(TOTAL.code, month)
    goal = next(
        (row for row in statuses if row.goal and row.actual and row.actual.key == trade.cumulative(PROVINCE).key),
        None,
    )
    return YearFigures(
        month=month,
        note=trade.exclusion_note if trade.cities_with_all_months else "",
        statuses=statuses,
        cards=target_cards.target_cards(statuses, month),
        places=city_ranking.ranking_rows(trade) if trade.cities_with_all_months else (),
        growth_map=city_ranking.growth_map(trade),
        charts=_trade_charts(trade, goal) if trade.cities_with_all_months else (),
        largest=enterprises.largest_enterprises(month, LARGEST_SHOWN),
    )


def _trade_charts(trade: PanelData, goal: TargetStatus | None) -> tuple[Chart, ...]:
    needed = goal.progress.needed_per_month if goal and goal.progress else None
    return trade_charts.monthly_chart(trade, needed), trade_charts.cumulative_chart(
        trade, goal.goal.amount if goal and goal.goal else None
    )


def _headline_texts(
    board: BoardPage, reports: Iterable[Report], writing: Mapping[PeriodKey, PendingDraft], now: datetime
) -> Iterable[str]:
    month = board.current
    if month is None:
        return
    yield f"{month.month}月月报应报 {board.total}，已送达 {board.sent}，已核定 {board.accepted}"
    locks = [
        line.monthly_return.locks_at
        for desk in board.desks
        for line in desk.waiting
        if line.monthly_return.period == month
    ]
    if locks:
        yield todo_items.deadline_text(max(locks), "锁定", now)
    found = next((report for report in reports if report.kind == BULLETIN and report.period == month), None)
    label = month.range_label.replace("-", "—")
    none = "正在起草" if (BULLETIN, str(month)) in writing else "未起草"
    yield f"{label}通报{found.state.label if found else none}"


def _counts_by_return(returns: Iterable[MonthlyReturn]) -> dict[int, todo_items.ReturnCounts]:
    """Count each monthly return's filled rows, rows with a reason and cells to correct; return them by return id."""
    found = list(returns)
    reasons = Q()
    for dataset in datasets.declared():
        reasons |= Q(dataset=dataset.code, **{f"texts__{dataset.reason.key}__gt": ""})
    typed = {
        row["monthly_return"]: (row["filled"], row["explained"])
        for row in Row.objects.filter(monthly_return__in=found)
        .values("monthly_return")
        .annotate(filled=Count("pk"), explained=Count("pk", filter=reasons))
    }
    latest = [round_.pk for monthly_return in found if (round_ := todo_items.last_round(monthly_return)) is not None]
    asked = dict(
        Remark.objects.filter(round__in=latest)
        .values("round__monthly_return")
        .annotate(cells=Count("pk"))
        .values_list("round__monthly_return", "cells")
    )
    return {
        monthly_return.pk: todo_items.ReturnCounts(
            *typed.get(monthly_return.pk, (0, 0)), pointed=asked.get(monthly_return.pk, 0)
        )
        for monthly_return in found
    }


def _unissued_and_this_months_reports(user: User, month: Month | None) -> Iterable[Report]:
    """Return the reports not issued yet and all reports of `month`, newest month first, for the home page.

    Those not issued yet, and all of `month`.
    """
    wanted = ~Q(status="issued")
    if month is not None:
        wanted |= Q(month=month.first)
    return Report.objects.visible_to(user).without_content().filter(wanted).order_by("-month", "-edition")


def _delayed_tasks(user: User, year: int) -> Iterable[TaskState]:
    return (
        TaskState.objects.visible_to(user)
        .filter(state=TaskState.State.DELAYED, item__in=PlanItem.objects.current(year))
        .select_related("item", "region")
        .order_by("item__number", "region")
    )
