"""Loads the home page of a city: its current monthly return, its indicators and its tasks.

Other cities appear only as the number of ranked ones; their figures are published in the bulletins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enterprises.indicator_declarations import TOTAL
from enterprises.intake_processing_trade_sheet import PROCESSING_TRADE
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.home import city_ranking, todo_items, trade_charts
from hunan_trade.indicators.computed_values import Value
from hunan_trade.indicators.queries_observations import monthly_values_of_region, panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.intake import return_page, rules_workflow_guards, sheet_progress
from hunan_trade.intake.models import MonthlyReturn, Round, Status
from hunan_trade.intake.queries_board_and_review_queue import current_return_of_city
from hunan_trade.intake.rules_workflow_guards import ReturnGuardData
from hunan_trade.intake.sheet_progress import SheetProgress
from hunan_trade.periods import Month, format_chinese_datetime
from hunan_trade.regions.models import PROVINCE, Region
from hunan_trade.ui.chart_data import Chart
from hunan_trade.ui.component_data import Stage, TodoItem
from projects.alerts import FollowedProjectCounts, count_followed_projects
from projects.models import IndicatorCode
from projects.waiting_entries import waiting_entries
from reporting.kinds import BULLETIN
from reporting.models import Report
from targets.models import PlanItem, TaskState
from targets.queries import default_month

SHOWN = (
    TOTAL.code,
    IndicatorCode.UNDERTAKEN.value,
    IndicatorCode.DOMESTIC_PAID_IN.value,
    IndicatorCode.FOREIGN_USED.value,
)


@dataclass(frozen=True)
class OwnReturn:
    """A city's current monthly return for display on the city's home page, with the user's next action."""

    head: return_page.ReturnHeader
    title: str  # 6月月报待改 2 处
    late: bool
    deadline: str
    locked: str
    stages: tuple[Stage, ...]
    given_back: Round | None
    pointed: tuple[return_page.RemarkLink, ...]
    sheets: tuple[SheetProgress, ...]
    action: str  # what this reader does next: 去改 2 处, 继续填报, 去签发; "" when it is somebody else's turn
    unaccepted: tuple[Month, Decimal] | None  # the month's processing trade in 万, while nobody has accepted it

    @property
    def monthly_return(self) -> MonthlyReturn:
        return self.head.monthly_return


@dataclass(frozen=True)
class CityFigure:
    """One indicator of a city in the last published month, with its growth and ranks."""

    title: str
    unit: str
    scale: Decimal
    month: Value
    month_on_month: Value
    total: Value
    growth: Value
    share: Value
    rank: Value
    growth_rank: Value
    rank_change: str
    ranked_count: int

    @property
    def month_amount(self) -> Decimal | None:
        return None if self.month.amount is None else self.month.amount / self.scale

    @property
    def cumulative_amount(self) -> Decimal | None:
        return None if self.total.amount is None else self.total.amount / self.scale


@dataclass(frozen=True)
class CityHome:
    region: Region
    own: OwnReturn | None
    month: Month
    figures: tuple[CityFigure, ...]
    chart: Chart | None
    bulletin: Report | None  # the issued one of that month
    tasks: tuple[TodoItem, ...]
    followed: FollowedProjectCounts
    alerts: tuple[TodoItem, ...]  # of the projects that the reader follows

    @property
    def self_reference(self) -> str:
        """The word for "this city": 本州 for an autonomous prefecture, else 本市."""
        return "本州" if self.region.name.endswith("自治州") else "本市"


def city_home(user: User) -> CityHome:
    """Load the data for the home page that a user of a city sees."""
    region = user.region
    assert region is not None  # a city's role has a city: the table's CHECK
    now, month = clock.now(), default_month()
    monthly_return = current_return_of_city(user)
    own = _own_return(monthly_return, user, now) if monthly_return else None
    ranked = panel_data_by_indicator(SHOWN, month)
    last = monthly_return.period if monthly_return else month
    months = monthly_values_of_region([TOTAL.code], region.code, last)[
        TOTAL.code
    ]  # accepted ones count here before the month settles
    followed = count_followed_projects(user)
    bulletins = Report.objects.visible_to(user).in_force().of_period(BULLETIN, month)
    return CityHome(
        region=region,
        own=own,
        month=month,
        figures=tuple(
            _indicator_figures_of_city(panel, region.code)
            for panel in ranked.values()
            if panel.complete_through(region.code)
        ),
        chart=trade_charts.city_chart(months, last.year, own.unaccepted if own else None),
        bulletin=bulletins.without_content().first(),
        tasks=(
            *todo_items.waiting_project_entry_items(waiting_entries(user)),
            *todo_items.city_task_items(_city_tasks(user, now.year), now),
        ),
        followed=followed,
        alerts=todo_items.followed_project_items(followed),
    )


def _indicator_figures_of_city(panel: PanelData, code: str) -> CityFigure:
    unit = panel.indicator.unit
    return CityFigure(
        title=panel.indicator.title,
        unit=unit.name_in_tables,
        scale=Decimal(10_000) if unit.in_wan else Decimal(1),
        month=panel.month_value(code),
        month_on_month=panel.month_on_month(code),
        total=panel.cumulative(code),
        growth=panel.year_on_year(code),
        share=panel.share(code),
        rank=panel.rank(code),
        growth_rank=panel.growth_rank(code),
        rank_change=city_ranking.rank_change(panel, code),
        ranked_count=len(panel.cities_with_all_months),
    )


# --- The return in hand ---------------------------------------------------------------------------------------------
def _own_return(monthly_return: MonthlyReturn, user: User, now: datetime) -> OwnReturn:
    sheets = sheet_progress.return_progress(monthly_return)
    latest = monthly_return.rounds.select_related("filled_by", "signed_by", "decided_by").order_by("-number").first()
    back = latest if monthly_return.status == Status.GIVEN_BACK and latest and latest.reason else None
    pointed = return_page.remark_links(back) if back else ()
    guard_facts = _guard_facts_without_editors(monthly_return, now)
    locked = (
        (rules_workflow_guards.lock_reason(guard_facts) or "")
        if monthly_return.editable or monthly_return.status == Status.SIGNING
        else ""
    )
    title, late = _status_title(monthly_return, user, len(pointed), now)
    return OwnReturn(
        head=return_page.ReturnHeader(monthly_return, latest, now),
        title=f"{monthly_return.period.month}月月报{title}",
        late=late,
        deadline=return_page.deadline_text(guard_facts, monthly_return),
        locked=locked,
        stages=_return_progress_stages(monthly_return, latest),
        given_back=back,
        pointed=pointed,
        sheets=sheets,
        action="" if locked else _next_action(monthly_return, user, len(pointed)),
        unaccepted=_unaccepted_trade(monthly_return, sheets),
    )


def _guard_facts_without_editors(monthly_return: MonthlyReturn, now: datetime) -> ReturnGuardData:
    """Return the data that decide whether a monthly return may be edited or sent, except who has edited it.

    Editors are left empty.
    """
    granted = monthly_return.exemptions.filter(granted=True).order_by("-until").values_list("until", flat=True).first()
    return ReturnGuardData(
        monthly_return.status,
        monthly_return.region_id,
        now,
        monthly_return.opens_at,
        monthly_return.locks_at,
        granted,
        frozenset(),
        None,
    )


def _status_title(monthly_return: MonthlyReturn, user: User, cells: int, now: datetime) -> tuple[str, bool]:
    """Return a monthly return's status as Chinese text, such as 待改 2 处, and whether the return is overdue."""
    signs = user.may(Permission.SIGN_RETURN)
    match monthly_return.state:
        case Status.ACCEPTED:
            return "已核定", False
        case Status.SENT:
            return "已送省，待审核", False
        case Status.GIVEN_BACK:
            return (f"待改 {cells} 处" if cells else "退回修改"), False
        case Status.SIGNING:
            return ("待您签发" if signs else "待签发") + _overdue_suffix(
                monthly_return, now
            ), monthly_return.is_overdue(now)
        case _ if monthly_return.first_sent_at:
            return "退回后待再报", False
        case _:
            return (
                f"未报{_overdue_suffix(monthly_return, now)}" if monthly_return.is_overdue(now) else "填报中"
            ), monthly_return.is_overdue(now)


def _overdue_suffix(monthly_return: MonthlyReturn, now: datetime) -> str:
    return f"，{todo_items.overdue_text(monthly_return, now)}" if monthly_return.is_overdue(now) else ""


def _next_action(monthly_return: MonthlyReturn, user: User, cells: int) -> str:
    if monthly_return.editable and user.may(Permission.FILL_RETURN):
        return f"去改 {cells} 处" if cells else "继续填报"
    return "去签发" if monthly_return.status == Status.SIGNING and user.may(Permission.SIGN_RETURN) else ""


def _return_progress_stages(monthly_return: MonthlyReturn, latest: Round | None) -> tuple[Stage, ...]:
    """Return the progress-bar stages of a monthly return, from 填报 (filling in) to 核定 (acceptance).

    A return given back goes to the province once more.
    """
    status = monthly_return.state
    sent = latest if latest and status in (Status.SENT, Status.GIVEN_BACK, Status.ACCEPTED) else None
    filled = f"{latest.filled_by.name} {format_chinese_datetime(latest.handed_up_at)}" if sent and latest else ""
    signed = f"{sent.signed_by.name} {format_chinese_datetime(sent.sent_at)}" if sent else ""
    decided = (
        f"{sent.decided_by.name} {format_chinese_datetime(sent.decided_at)}"
        if sent and sent.decided_by and sent.decided_at
        else ""
    )
    if status == Status.GIVEN_BACK:
        reopened = latest is not None and latest.decision == Round.Decision.ACCEPTED
        return (
            Stage("填报", filled, "done"),
            Stage("签发送省", signed, "done"),
            Stage("重新打开" if reopened else "退回修改", "" if reopened else decided, "stop"),
            Stage("再次送省", f"{monthly_return.locks_at.astimezone(clock.SHANGHAI):%-m月%-d日}前"),
            Stage("核定"),
        )
    handed = ""
    if status == Status.SIGNING and monthly_return.handed_up_by and monthly_return.handed_up_at:
        handed = f"{monthly_return.handed_up_by.name} {format_chinese_datetime(monthly_return.handed_up_at)}"
    steps = [
        (
            "修改" if monthly_return.round_number > 1 else "填报",
            filled or handed or f"{format_chinese_datetime(monthly_return.due_at)}截止",
            Status.FILLING,
        ),
        ("签发送省", signed, Status.SIGNING),
        ("省厅审核", "", Status.SENT),
        ("核定", decided if status == Status.ACCEPTED else "", Status.ACCEPTED),
    ]
    here = [at for _, _, at in steps].index(status)
    return tuple(
        Stage(title, note, "done" if at < here or status == Status.ACCEPTED else "here" if at == here else "")
        for at, (title, note, _) in enumerate(steps)
    )


def _unaccepted_trade(monthly_return: MonthlyReturn, sheets: Iterable[SheetProgress]) -> tuple[Month, Decimal] | None:
    """Return the month and total processing trade of a monthly return that is not accepted yet, else None.

    None if accepted, a nil return, or not all valid numbers.
    """
    if monthly_return.status == Status.ACCEPTED or monthly_return.nil_reason:
        return None
    total = next(sheet.total for sheet in sheets if sheet.dataset is PROCESSING_TRADE)
    return None if total is None else (monthly_return.period, total)


def _city_tasks(user: User, year: int) -> Iterable[TaskState]:
    """Return the state of each work plan item that concerns the user's city.

    The city's own state of a task, else the province's.
    """
    named = PlanItem.objects.visible_to(user).filter(regions=user.region_id).current(year)
    states = TaskState.objects.visible_to(user).filter(item__in=named).select_related("item__plan")
    found: dict[int, TaskState] = {}
    for state in states:
        if state.region_id == user.region_id or (state.item_id not in found and state.region_id == PROVINCE):
            found[state.item_id] = state
    return found.values()
