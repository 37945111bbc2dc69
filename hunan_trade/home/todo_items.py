"""Pure functions that build the to-do items of the home pages from loaded rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Status
from hunan_trade.intake.queries_board_and_review_queue import WaitingReturn
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.regions.models import PROVINCE
from hunan_trade.ui.component_data import LightKind, TodoItem
from projects.alerts import FollowedProjectCounts
from projects.waiting_entries import WaitingEntries
from reporting.models import Report
from reporting.models import Status as ReportStatus
from reporting.queries import PendingDraft, PeriodKey, kind_and_last_month
from targets.models import TaskState
from targets.rules_target_status import Light
from targets.target_status import TargetStatus

LATE_AFTER_DAYS = 2  # working days after which a wait is shown as late
FIRST_SHOWN = 3  # of those that never sent; the reminder names them all


@dataclass(frozen=True)
class ReturnCounts:
    """Counts for one monthly return: filled rows, rows with a reason, and cells that the province wants corrected."""

    filled: int = 0
    explained: int = 0
    pointed: int = 0


def city_and_month_text(monthly_return: MonthlyReturn) -> str:
    """Return the city and month of a monthly return as text, such as 怀化市 6月."""
    return f"{monthly_return.region.name_in_text} {monthly_return.period.month}月"


def deadline_text(at: datetime, what: str, now: datetime) -> str:
    """Return a deadline as text with the days left, such as 7月10日（周三）锁定，余 2 天.

    Once past, as 7月10日 17:30 已锁定.
    """
    if clock.is_past(at, now):
        return f"{format_chinese_datetime(at)} 已{what}"
    local = at.astimezone(clock.SHANGHAI)
    days = (local.date() - now.astimezone(clock.SHANGHAI).date()).days
    left = f"余 {days} 天" if days else "就在今天"
    return f"{periods.format_chinese_date(local.date(), with_year=False)}（{periods.chinese_weekday(local.date())}）{what}，{left}"


def overdue_text(monthly_return: MonthlyReturn, now: datetime) -> str:
    """Return how many days a return is overdue, such as 逾期 3 天, or "" if the return is not overdue."""
    if not clock.is_past(monthly_return.due_at, now):
        return ""
    days = (now.astimezone(clock.SHANGHAI).date() - monthly_return.due_at.astimezone(clock.SHANGHAI).date()).days
    return f"逾期 {days} 天" if days else "今天到期，已过时限"


# --- The province's queue -------------------------------------------------------------------------------------------
def review_items(
    waiting: Iterable[WaitingReturn], counts_by_return: Mapping[int, ReturnCounts]
) -> tuple[TodoItem, ...]:
    """Return to-do items for returns that wait for the province's review.

    Those with most explanations come first, then the longest waiting.
    """
    lines = sorted(waiting, key=lambda line: (-counts_by_return[line.monthly_return.pk].explained, line.since))
    return tuple(_review_item(line, counts_by_return[line.monthly_return.pk]) for line in lines)


def _review_item(line: WaitingReturn, counts: ReturnCounts) -> TodoItem:
    monthly_return, latest = line.monthly_return, last_round(line.monthly_return)
    url = reverse("intake:review", args=[monthly_return.region_id, monthly_return.period])
    round_ = "首轮" if latest is None or latest.number == 1 else f"第{latest.number}轮，改 {latest.rows_changed} 行"
    explained = f"说明 {counts.explained} 处" if counts.explained else "无填报说明"
    wait = f"{format_chinese_datetime(line.since)} 送达，" + (f"已等 {line.days} 个工作日" if line.days else "今日")
    late = line.days >= LATE_AFTER_DAYS
    return TodoItem(
        title=city_and_month_text(monthly_return),
        url=url,
        text=f"{round_}，{explained}",
        late=wait if late else "",
        why="" if late else wait,
        action="审核",
        action_url=url,
    )


def last_round(monthly_return: MonthlyReturn) -> Round | None:
    """Return the newest submission (round) of a return from its prefetched `rounds`, or None."""
    return max(monthly_return.rounds.all(), key=lambda round_: round_.number, default=None)


# --- Whom to urge ---------------------------------------------------------------------------------------------------
def overdue_and_given_back_return_items(
    waiting: Iterable[WaitingReturn], counts_by_return: Mapping[int, ReturnCounts], now: datetime
) -> tuple[TodoItem, ...]:
    """Return to-do items for overdue monthly returns, and for returns that a city must correct and send again.

    The first never sent comes first, then all given back, then the rest.
    """
    lines = sorted(waiting, key=lambda line: line.since)
    never = [line for line in lines if line.monthly_return.is_overdue(now)]
    back = [line for line in lines if line.monthly_return.first_sent_at is not None]
    return tuple(
        _unsent_return_item(line, counts_by_return[line.monthly_return.pk], now)
        for line in (*never[:FIRST_SHOWN], *back, *never[FIRST_SHOWN:])
    )


def _unsent_return_item(line: WaitingReturn, counts: ReturnCounts, now: datetime) -> TodoItem:
    monthly_return = line.monthly_return
    url = reverse("intake:return", args=[monthly_return.region_id, monthly_return.period])
    never = monthly_return.first_sent_at is None
    if never:
        text = f"未报，{overdue_text(monthly_return, now)}"
    else:
        text = "重新打开后未再报" if _was_reopened(monthly_return) else "退回后未再报"
    return TodoItem(
        city_and_month_text(monthly_return), url, text=text, text_late=never, why=_return_state_text(line, counts)
    )


def _was_reopened(monthly_return: MonthlyReturn) -> bool:
    latest = last_round(monthly_return)
    return latest is not None and latest.decision == Round.Decision.ACCEPTED


def _return_state_text(line: WaitingReturn, counts: ReturnCounts) -> str:
    monthly_return = line.monthly_return
    if monthly_return.status == Status.SIGNING:
        return f"{format_chinese_datetime(line.since)} 送签，待市州负责人签发"
    if monthly_return.first_sent_at is None:
        return f"已填 {counts.filled} 行" if counts.filled else "尚未填写"
    first = "首报按时" if monthly_return.is_on_time() else "首报迟报"
    if _was_reopened(monthly_return):
        return first
    cells = f"，{counts.pointed} 处待改" if counts.pointed else ""
    return f"{format_chinese_datetime(line.since)} 退回{cells}；{first}"


# --- What is to be decided ------------------------------------------------------------------------------------------
def report_and_exemption_items(
    reports: Iterable[Report], writing: Mapping[PeriodKey, PendingDraft], exemptions: Iterable[Exemption], user: User
) -> tuple[TodoItem, ...]:
    """Return to-do items for reports in preparation and for undecided requests to send a return late or reopen it.

    Items that this user can act on come first.
    """
    open_ = [report for report in reports if report.status != ReportStatus.ISSUED]
    there = {kind_and_last_month(report) for report in open_}
    lines = [_unissued_report_item(report, writing.get(kind_and_last_month(report)), user) for report in open_]
    lines += [_draft_in_progress_item(asked) for place, asked in writing.items() if place not in there]
    lines += [_exemption_item(exemption, user) for exemption in exemptions if exemption.granted is None]
    return tuple(sorted(lines, key=lambda line: not line.action))


def waiting_project_entry_items(entries: Iterable[WaitingEntries]) -> tuple[TodoItem, ...]:
    """Return a to-do item for each kind of project entry that waits for an action of the user."""
    return tuple(
        TodoItem(
            waiting.title,
            waiting.url,
            text=f"{waiting.count} {waiting.unit}",
            why=f"最早 {format_chinese_datetime(waiting.since)} {waiting.since_verb}",
            action=waiting.action,
            action_url=waiting.url,
        )
        for waiting in entries
    )


def followed_project_items(followed: FollowedProjectCounts) -> tuple[TodoItem, ...]:
    """Return a to-do item for each kind of alert on the projects that the user follows."""
    url = f"{reverse('projects:home')}?follower=me&alert="
    return tuple(TodoItem(alert.title, url + alert.code, text=f"{alert.count} 个") for alert in followed.alerts)


def _draft_in_progress_item(asked: PendingDraft) -> TodoItem:
    follow = reverse("console:job", args=[asked.job.pk])
    return TodoItem(asked.job.title, follow, why=asked.drafting_status_text, action="看进度", action_url=follow)


def _unissued_report_item(report: Report, asked: PendingDraft | None, user: User) -> TodoItem:
    url = reverse("reporting:report", args=[report.pk])
    if asked and report.status == ReportStatus.DRAFT:
        follow = reverse("console:job", args=[asked.job.pk])
        return TodoItem(
            str(report), url, report.state.label, why=asked.redrafting_status_text, action="看进度", action_url=follow
        )
    own = report.drafted_by_id == user.pk
    action = {
        ReportStatus.DRAFT: "改稿" if user.may(Permission.PREPARE_REPORT) else "",
        ReportStatus.REVIEWING: "审核" if user.may(Permission.REVIEW_REPORT) and not own else "",
        ReportStatus.REVIEWED: "签发" if user.may(Permission.ISSUE_REPORT) and not own else "",
    }[report.state]
    since = report.reviewed_at or report.asked_at or report.written_at
    verb = "审定" if report.reviewed_at else "送审" if report.asked_at else "起草"
    why = f"{format_chinese_datetime(since)} {verb}" + (f"；退回意见：{report.note}" if report.note else "")
    return TodoItem(str(report), url, text=report.state.label, why=why, action=action, action_url=url if action else "")


def _exemption_item(exemption: Exemption, user: User) -> TodoItem:
    monthly_return = exemption.monthly_return
    url = reverse("intake:returns") + "#exemptions"
    mine = user.may(Permission.DECIDE_EXEMPTION) and exemption.asked_by_id != user.pk
    return TodoItem(
        city_and_month_text(monthly_return),
        reverse("intake:return", args=[monthly_return.region_id, monthly_return.period]),
        text=f"{exemption.get_kind_display()}，待{'批准' if mine else '负责人批准'}",
        why=f"{exemption.asked_by.name} {format_chinese_datetime(exemption.asked_at)}提出：{exemption.reason}",
        action="去批准" if mine else "",
        action_url=url if mine else "",
    )


# --- Tasks of the plan ----------------------------------------------------------------------------------------------
def milestone_and_task_items(
    tasks: Iterable[TaskState], statuses: Iterable[TargetStatus], year: int
) -> tuple[TodoItem, ...]:
    """Return to-do items for milestones that are overdue or due soon, and for delayed tasks."""
    days = [row for row in statuses if row.is_unreached_milestone and row.light in (Light.BAD, Light.WARN)]
    milestones = [
        TodoItem(
            row.title,
            reverse("targets:item", args=[year, row.item]),
            why=f"第{row.item}条，应于{row.goal_text}",
            light=row.light.value,
            word=row.verdict.words,
        )
        for row in sorted(days, key=lambda row: row.light.value)
    ]
    return (*milestones, *(_task_item(task, year) for task in tasks))


def _task_item(task: TaskState, year: int) -> TodoItem:
    where = "" if task.region_id == PROVINCE else f"{task.region.short_name} "
    updated = f"{periods.format_chinese_date(task.updated_on, with_year=False)}报" if task.updated_on else ""
    return TodoItem(
        f"第{task.item.number}条 {where}{task.item.title}",
        reverse("targets:item", args=[year, task.item.number]),
        why="；".join(part for part in (task.reason or task.text, updated) if part),
        light="bad",
        word=task.get_state_display(),
    )


_LIGHTS: Mapping[str, LightKind] = {
    TaskState.State.DELAYED: "bad",
    TaskState.State.DROPPED: "bad",
    TaskState.State.DONE: "ok",
    TaskState.State.UNDER_WAY: "off",
    TaskState.State.NOT_STARTED: "off",
}
_ORDER = tuple(_LIGHTS)


def city_task_items(tasks: Iterable[TaskState], now: datetime) -> tuple[TodoItem, ...]:
    """Return to-do items for a city's tasks, with late tasks first and finished tasks last."""
    today = now.astimezone(clock.SHANGHAI).date()

    def sort_key(task: TaskState) -> tuple[bool, bool, object, int]:
        done = task.state == TaskState.State.DONE
        return done, task.state != TaskState.State.DELAYED, task.item.due_on or datetime.max.date(), task.item.number

    lines = []
    for task in sorted(tasks, key=sort_key):
        due, late = task.item.due_on, ""
        words = [task.reason or task.text or "尚未报进展"]
        if due and task.state not in (TaskState.State.DONE, TaskState.State.DROPPED):
            left = (due - today).days
            late = f"逾期 {-left} 天" if left < 0 else ""
            words.append(
                f"应于{periods.format_chinese_date(due, with_year=False)}" + (f"，余 {left} 天" if left >= 0 else "")
            )
        if task.updated_on:
            words.append(f"{periods.format_chinese_date(task.updated_on, with_year=False)}报")
        lines.append(
            TodoItem(
                f"第{task.item.number}条 {task.item.title}",
                reverse("targets:item", args=[task.item.plan.year, task.item.number]),
                late=late,
                why="；".join(words),
                light=_LIGHTS[task.state],
                word=task.get_state_display(),
            )
        )
    return tuple(lines)
