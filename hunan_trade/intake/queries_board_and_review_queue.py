"""Queries for the yearly board of returns, for waiting and missing returns, and for the review queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Q, When, prefetch_related_objects
from django.urls import reverse

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.intake import return_page, review_page
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Status
from hunan_trade.intake.queries_thresholds import decisions_read_once
from hunan_trade.periods import Month, format_chinese_datetime
from hunan_trade.regions import queries as regions
from hunan_trade.regions.models import Region
from hunan_trade.ui.component_data import Board, BoardCell, BoardRow, CellKind

DESK_SHOWN = 14  # one month of every city; older ones are counted
DESKS = {
    Status.FILLING: "填报人",
    Status.GIVEN_BACK: "填报人",
    Status.SIGNING: "市州负责人",
    Status.SENT: "省厅",
}


# --- The board ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class HolderGroup:
    """The monthly returns on which one group of users, such as the reporters, must act; longest waiting first."""

    title: str
    waiting: tuple[WaitingReturn, ...]

    @property
    def shown_returns(self) -> tuple[WaitingReturn, ...]:
        return self.waiting[:DESK_SHOWN]

    @property
    def not_shown_count(self) -> int:
        return len(self.waiting) - len(self.shown_returns)

    @property
    def longest_wait_text(self) -> str:
        return self.waiting[0].waiting_text if self.waiting else ""


@dataclass(frozen=True)
class WaitingReturn:
    """A monthly return that waits for somebody to act on it, with its waiting time in working days."""

    monthly_return: MonthlyReturn
    since: datetime
    days: int

    @property
    def waiting_text(self) -> str:
        return working_days_text(self.days)


def working_days_text(days: int) -> str:
    """Return a number of working days as Chinese text, such as 3 个工作日, or 当天 for 0."""
    return f"{days} 个工作日" if days else "当天"


@dataclass(frozen=True)
class MissingReturns:
    """The cities that have not sent their return of a month, and the text of a reminder to those cities."""

    month: Month
    due_at: datetime
    locks_at: datetime
    cities: tuple[Region, ...]
    overdue: bool
    text: str

    @property
    def city_names(self) -> str:
        return "、".join(city.name_in_text for city in self.cities)


@dataclass(frozen=True)
class BoardPage:
    """Data of the page that shows all cities' monthly returns of a year, who must act next, and exemptions."""

    year: int
    years: tuple[int, ...]
    board: Board
    current: Month | None  # the newest month that has been opened
    sent: int
    accepted: int
    total: int
    desks: tuple[HolderGroup, ...]
    missing: MissingReturns | None
    exemptions: tuple[Exemption, ...]


def load_board_page(year: int, user: User) -> BoardPage:
    """Load the data of the page that shows all cities' returns of one year.

    A city's user gets only the city's row. Four queries.
    """
    now = clock.now()
    seen = MonthlyReturn.objects.visible_to(user)
    cities = {city.code: city for city in regions.cities() if user.sees_region(city.code)}
    returns = list(seen.of_year(year))
    for monthly_return in returns:
        monthly_return.region = cities[monthly_return.region_id]  # one for all its months, and no join
    prefetch_related_objects([monthly_return for monthly_return in returns if monthly_return.status in DESKS], "rounds")
    by_place = {(monthly_return.region_id, monthly_return.month.month): monthly_return for monthly_return in returns}
    opened = [monthly_return for monthly_return in returns if monthly_return.opens_at <= now]
    current = max((monthly_return.period for monthly_return in opened), default=None)
    working = [monthly_return for monthly_return in opened if monthly_return.period == current]
    rows = tuple(BoardRow(city.short_name, _board_cells(city, by_place, now)) for city in cities.values())
    return BoardPage(
        year=year,
        years=tuple(sorted({day.year for day in seen.dates("month", "year")} | {year})),
        board=Board(rows, current.month if current else None),
        current=current,
        sent=sum(monthly_return.first_sent_at is not None for monthly_return in working),
        accepted=sum(monthly_return.status == Status.ACCEPTED for monthly_return in working),
        total=len(working),
        desks=_group_by_holder([r for r in opened if r.status in DESKS], now),
        missing=_missing_returns(working, now) if current else None,
        exemptions=open_and_recent_exemptions(user),
    )


def _board_cells(city: Region, by_place: dict[tuple[str, int], MonthlyReturn], now: datetime) -> tuple[BoardCell, ...]:
    cells = []
    for number in range(1, 13):
        monthly_return = by_place.get((city.code, number))
        shown = monthly_return if monthly_return and monthly_return.opens_at <= now else None
        url = reverse("intake:return", args=(city.code, shown.period)) if shown else ""
        cells.append(BoardCell(_board_cell_kind(monthly_return, now), url))
    return tuple(cells)


def _board_cell_kind(monthly_return: MonthlyReturn | None, now: datetime) -> CellKind:
    if monthly_return is None or now < monthly_return.opens_at:
        return "none"
    if monthly_return.status == Status.ACCEPTED:
        return "nil" if monthly_return.nil_reason else "acc" if monthly_return.is_on_time() else "late"
    if monthly_return.status == Status.SENT:
        return "rev"
    if monthly_return.status == Status.GIVEN_BACK:
        return "back"
    return "miss" if monthly_return.is_overdue(now) else "open"


def _group_by_holder(returns: Sequence[MonthlyReturn], now: datetime) -> tuple[HolderGroup, ...]:
    waiting = sorted((_waiting_return(monthly_return, now) for monthly_return in returns), key=lambda line: line.since)
    return tuple(
        HolderGroup(title, tuple(line for line in waiting if DESKS[line.monthly_return.state] == title))
        for title in dict.fromkeys(DESKS.values())
    )


def _waiting_return(monthly_return: MonthlyReturn, now: datetime) -> WaitingReturn:
    since = waiting_since(monthly_return)
    return WaitingReturn(monthly_return, since, working_days(since, now))


def waiting_since(monthly_return: MonthlyReturn) -> datetime:
    """Return since when a monthly return has been waiting for the users who must act on it next.

    `rounds` must be prefetched.
    """
    rounds = sorted(monthly_return.rounds.all(), key=lambda round_: round_.number)
    if monthly_return.status == Status.SIGNING and monthly_return.handed_up_at:
        return monthly_return.handed_up_at
    if monthly_return.status == Status.SENT and rounds:
        return rounds[-1].sent_at
    if monthly_return.status == Status.GIVEN_BACK and rounds and rounds[-1].decided_at:
        return rounds[-1].decided_at
    return monthly_return.opens_at


def working_days(since: datetime, until: datetime) -> int:
    """Return the number of working days after the day of `since`, including the day of `until`."""
    day, last = since.astimezone(clock.SHANGHAI).date(), until.astimezone(clock.SHANGHAI).date()
    return sum(periods.is_working_day(day + timedelta(days=step)) for step in range(1, (last - day).days + 1))


# --- Who is missing -------------------------------------------------------------------------------------------------
def missing_returns(month: Month) -> MissingReturns | None:
    """Return the cities that have not sent their return for `month`, with a reminder text; None if all have.

    None if all have sent it or it is not open yet.
    """
    now = clock.now()
    returns = [r for r in MonthlyReturn.objects.of_month(month).with_region().order_by("region") if r.opens_at <= now]
    return _missing_returns(returns, now)


def _missing_returns(returns: Sequence[MonthlyReturn], now: datetime) -> MissingReturns | None:
    late = [monthly_return for monthly_return in returns if monthly_return.first_sent_at is None]
    if not late:
        return None
    first = late[0]
    cities = tuple(
        monthly_return.region for monthly_return in sorted(late, key=lambda monthly_return: monthly_return.region_id)
    )
    overdue = clock.is_past(first.due_at, now)
    return MissingReturns(
        month=first.period,
        due_at=first.due_at,
        locks_at=first.locks_at,
        cities=cities,
        overdue=overdue,
        text=_reminder_text(first, cities, now),
    )


def _reminder_text(monthly_return: MonthlyReturn, cities: Sequence[Region], now: datetime) -> str:
    """Return the Chinese text of a reminder to cities that have not sent their monthly return."""
    names = "、".join(city.name_in_text for city in cities)
    what = f"{names}：{monthly_return.period.label}加工贸易和承接产业转移月报"
    if not clock.is_past(monthly_return.due_at, now):
        return f"{what}请于{_deadline_time_text(monthly_return.due_at)} 前报送省厅。截至{format_chinese_datetime(now)} 未收到。"
    if not clock.is_past(monthly_return.locks_at, now):
        return (
            f"{what}应于{format_chinese_datetime(monthly_return.due_at)} 前报送，截至{format_chinese_datetime(now)} 未收到。"
            f"请于{_deadline_time_text(monthly_return.locks_at)} 前报送，之后系统锁定，补报须经批准。"
        )
    return f"{what}应于{format_chinese_datetime(monthly_return.due_at)} 前报送，截至{format_chinese_datetime(now)} 未收到，系统已锁定。需要补报的，请来函说明原因和时间。"


def _deadline_time_text(at: datetime) -> str:
    local = at.astimezone(clock.SHANGHAI)
    return f"{periods.format_chinese_date(local.date(), with_year=False)}（{periods.chinese_weekday(local.date())}）{local:%H:%M}"


# --- Exemptions -----------------------------------------------------------------------------------------------------
def open_and_recent_exemptions(user: User) -> tuple[Exemption, ...]:
    """Return the late-filing and reopening requests visible to the user, undecided or decided in the last 30 days.

    The undecided ones come first.
    """
    recent = clock.now() - timedelta(days=30)
    wanted = Q(granted=None) | Q(granted__isnull=False, decided_at__gte=recent)
    exemptions = Exemption.objects.visible_to(user).filter(wanted).with_people()
    return tuple(sorted(exemptions, key=lambda exemption: exemption.granted is not None))


# --- What waits for the province ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReviewItem:
    """A monthly return in the review queue, with its numbers of outliers and of findings that the city explained."""

    monthly_return: MonthlyReturn
    round: Round
    outliers: int
    explained: int
    days: int

    @property
    def has_no_outlier_or_explanation(self) -> bool:
        """Whether the return has neither outliers nor explained findings, so that it may be accepted in bulk."""
        return not self.outliers and not self.explained

    @property
    def waiting_text(self) -> str:
        return working_days_text(self.days)

    @property
    def return_id_and_digest(self) -> str:
        """The text "id|SHA-256" that names a return and its workbook in the form that accepts several returns."""
        return f"{self.monthly_return.pk}|{self.round.digest}"


def review_queue() -> tuple[ReviewItem, ...]:
    """Return the monthly returns that wait for review, those with the most outliers first.

    Among equals the longest waiting first.
    """
    now = clock.now()
    returns = MonthlyReturn.objects.awaiting_review().with_region().prefetch_related("rounds__signed_by")
    queue = []
    with decisions_read_once():
        for monthly_return in returns:
            latest = max(monthly_return.rounds.all(), key=lambda round_: round_.number)
            outliers, explained = review_page.count_outliers_and_explained_findings(monthly_return)
            queue.append(ReviewItem(monthly_return, latest, outliers, explained, working_days(latest.sent_at, now)))
    return tuple(
        sorted(queue, key=lambda line: (line.has_no_outlier_or_explanation, -line.outliers, line.round.sent_at))
    )


# --- The city's desk ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CurrentReturn:
    """Data of the page that shows a city's current monthly return and its rounds of review."""

    page: return_page.ReturnPage
    rounds: tuple[Round, ...]


def current_return_page(user: User) -> CurrentReturn | None:
    """Load the page data of the current monthly return of the user's city; return None if there is none.

    None for users without a city, and before any return opens.
    """
    monthly_return = current_return_of_city(user)
    if monthly_return is None:
        return None
    code = return_page.first_sheet_code(monthly_return.period)
    return CurrentReturn(return_page.return_page(monthly_return, user, code), return_page.rounds_of(monthly_return))


def current_return_of_city(user: User) -> MonthlyReturn | None:
    """Return the oldest monthly return sent back to the user's city for correction, or else the city's newest.

    None for users without a city, and before any return opens.
    """
    if not user.is_city:
        return None
    back = Q(status=Status.GIVEN_BACK)
    own = MonthlyReturn.objects.visible_to(user).filter(opens_at__lte=clock.now())
    found = own.order_by(Case(When(back, then="month")).asc(nulls_last=True), "-month").first()
    if found is not None and user.region is not None:
        found.region = user.region  # the only one whose returns it sees
    return found


def latest_year(user: User) -> int:
    """Return the year of the newest monthly return that the user may see, or else the year of last month."""
    newest: date | None = (
        MonthlyReturn.objects.visible_to(user).order_by("-month").values_list("month", flat=True).first()
    )
    return newest.year if newest else Month.of(clock.today()).previous.year
