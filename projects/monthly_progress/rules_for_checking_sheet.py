"""Pure functions that check the progress of projects in a monthly return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.periods import Month, months_between
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.tabular.table_types import ParsedTable
from projects.choices import PENDING_STATES, EntryState, Stage
from projects.dates import rules_slippage_and_alerts as rules_dates
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS, ProjectDates
from projects.monthly_progress.rules_late_reported_steps import ProjectSnapshot
from projects.rules_cross_field_checks import date_order_errors
from projects.stages.rules import ORDER

FINDING_LABELS = {
    "progress.back": "阶段退回",
    "progress.closed": "已完成、终止的项目有到位资金",
    "progress.dates": "预计日期先后不对",
    "progress.idle": "几个月没有进展",
    "progress.kept": "重新打开前已核定的阶段",
    "progress.moved": "预计投产改了日期",
    "progress.obstacle": "有问题而没有写明",
    "progress.overdue": "预计日期已过",
    "progress.paid_above": "到位资金高于合同资金",
    "progress.stage": "阶段与项目库不符",
    "progress.without_contract": "有到位资金而没有合同资金",
}
THRESHOLDS = (
    RuleThreshold("paid_in_percent", "累计到位资金，高于合同资金的", "%", Decimal(100), Decimal(100), Decimal(300)),
    RuleThreshold("idle_months", "没有进展，连续", "个月", Decimal(3), Decimal(2), Decimal(12), whole=True),
)
HAS_OBSTACLE, NO_OBSTACLE = "有", "无"
MONEY = {"paid_in_cny": "万元", "paid_in_usd": "万美元"}
_STAGES = {str(stage.label): stage for stage in Stage}


@dataclass(frozen=True)
class ProgressThresholds:
    """Limits for checking projects in a monthly return: % of contract paid in, months without progress."""

    paid_in_percent: Decimal
    idle_months: Decimal


def _rows_not_reported_late(table: ParsedTable) -> Iterator[tuple[int, ProjectSnapshot]]:
    """Yield (row index, project) for each row of the return except rows that report an earlier month's stage late."""
    projects = table.known.projects
    return ((at, projects[key]) for at, key in enumerate(table.record_keys) if key in projects)


def _is_later_stage(one: Stage, other: Stage) -> bool:
    return ORDER.index(one) > ORDER.index(other)


def check_stage_against_register(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a `Finding` for each project whose stage in a monthly return contradicts the register or goes back."""
    for at, project in _rows_not_reported_late(table):
        if project.is_closed or (stage := _STAGES.get(table.values["stage"][at] or "")) is None:
            continue
        column, code, severity, message = "stage", "progress.stage", Severity.BLOCKING, ""
        proof = project.last_stage_step(table.month)
        last = project.months.get(table.month.previous)
        if last and _is_later_stage(last.stage, stage):
            code = "progress.back"
            if proof.stage == stage:
                severity = Severity.EXPLAIN
                message = f"上月是“{last.stage.label}”，那一步已作废，现在是“{stage.label}”。核对，属实写明原因。"
            else:
                message = f"上月已是“{last.stage.label}”，阶段不能退回。改回来；登记错了的，请省厅经办先作废那一步。"
        elif _is_later_stage(stage, proof.stage):
            message = _unreached_stage_message(project, stage, table.month)
        elif stage != proof.stage:
            message = f"项目页已登记“{proof.stage.label}”，日期 {proof.effective_on}。改为“{proof.stage.label}”。"
        elif (on := table.values["stage_on"][at]) and on != proof.effective_on:
            column = "stage_on"
            message = f"项目页登记的{stage.label}日期是 {proof.effective_on}，现填 {on}。改为项目页的日期。"
        if message:
            yield table.finding(at, column, code, severity, message)


def _unreached_stage_message(project: ProjectSnapshot, stage: Stage, month: Month) -> str:
    """Return a Chinese sentence on why a monthly return cannot report a stage that the project has not reached."""
    for step in project.steps:
        if step.stage == stage and step.state in PENDING_STATES:
            return f"“{stage.label}”{step.state.label}，确认以前填“{project.last_stage_step(month).stage.label}”。"
        if step.stage == stage and step.state in (EntryState.VALID, EntryState.UNACCEPTED):
            return f"“{stage.label}”的日期是 {step.effective_on}，在以后的月报中填。"
    return f"项目页还没有登记“{stage.label}”。先在项目页登记，再填报。"


def check_steps_kept_after_reopening(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a note for each project stage of the month that stays valid although the month's return was reopened."""
    if not table.known.was_accepted:
        return
    for at, project in _rows_not_reported_late(table):
        for step in project.steps:
            if step.number and step.state == EntryState.VALID and Month.of(step.effective_on) == table.month:
                message = (
                    f"{step.stage.label} {step.effective_on} 已核定，重新打开不退回阶段。登记错了的，由省厅经办作废。"
                )
                yield table.finding(at, "stage", "progress.kept", Severity.NOTE, message)


def check_paid_in_capital(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a `Finding` for paid-in capital that exceeds its contract, lacks one, or is of a closed project."""
    percent = table.known.thresholds.paid_in_percent
    for at, project in _rows_not_reported_late(table):
        contracts = (project.contracted_cny, project.contracted_usd)
        for (column, unit), contract, before in zip(MONEY.items(), contracts, project.paid_before, strict=True):
            typed = table.values[column][at]
            if not typed:
                continue
            total = before + quantities.wan_to_money(typed)
            code, severity, message = "", Severity.EXPLAIN, ""
            if project.is_closed:
                code = "progress.closed"
                message = f"项目已{project.status.label}，本月还有到位资金。核对，属实写明原因。"
            elif not contract:
                code, severity = "progress.without_contract", Severity.BLOCKING
                message = "项目没有这个币种的合同资金。先在项目页填合同资金，或核对币种。"
            elif total * 100 > contract * percent:
                code = "progress.paid_above"
                message = (
                    f"累计到位 {_wan_text(total)} {unit}，高于合同 {_wan_text(contract)} {unit}。核对，属实写明原因。"
                )
            if message:
                yield table.finding(at, column, code, severity, message)


def check_idle_projects(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a request for a reason for each project that for months had neither a new stage nor paid-in capital."""
    count = int(table.known.thresholds.idle_months)
    first = table.month.plus(1 - count)
    for at, project in _rows_not_reported_late(table):
        earlier = [project.months.get(month) for month in months_between(first, table.month.previous)]
        now = [table.values[column][at] for column in MONEY]
        if project.is_closed or any(now) or None in now or None in earlier:
            continue
        if any(month.paid_in_cny or month.paid_in_usd for month in earlier if month):
            continue
        if (proof := project.last_stage_step(table.month)).effective_on < first.first:
            message = f"停在“{proof.stage.label}”，连续 {count} 个月没有进展、没有到位资金。写明原因。"
            yield table.finding(at, "stage", "progress.idle", Severity.EXPLAIN, message)


def check_overdue_dates(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield a request for a reason for each project that has not reached a stage by its expected date."""
    for at, project in _rows_not_reported_late(table):
        expected = _expected_dates(project, table.values["expected_produced_on"][at])
        reached = {stage: step.effective_on for stage, step in project.stages_reached_by(table.month).items()}
        dates = ProjectDates(project.status, expected, reached, date.min)
        if (late := rules_dates.first_overdue_stage(dates, table.month.next.first)) is None:
            continue
        stage, on = late[0], expected[late[0]]
        remedy = "填新的日期" if stage == Stage.PRODUCED else "在项目页改预计日期"
        message = f"预计{stage.label} {on} 已过，还没有{stage.label}。{remedy}，或写明原因。"
        column = "expected_produced_on" if stage == Stage.PRODUCED else "stage"
        yield table.finding(at, column, "progress.overdue", Severity.EXPLAIN, message)


def rows_with_changed_production_date(table: ParsedTable) -> Iterator[tuple[int, ProjectSnapshot]]:
    """Yield (row index, project) for each row of a return that changes the expected production (投产) date.

    The newest return alone changes days; an older one that was reopened leaves them as they are.
    """
    for at, project in _rows_not_reported_late(table):
        known = project.expected.get(Stage.PRODUCED)
        if not (project.is_closed or table.known.is_older) and table.values["expected_produced_on"][at] != known:
            yield at, project


def check_changed_production_dates(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Yield an error for each changed production (投产) date out of stage order, else a request for a reason."""
    for at, project in rows_with_changed_production_date(table):
        typed, known = table.values["expected_produced_on"][at], project.expected.get(Stage.PRODUCED)
        expected = _expected_dates(project, typed)
        dates = {name: expected.get(stage) for stage, name in EXPECTED_FIELDS.items()}
        intended_on = project.steps[0].effective_on
        if faults := list(date_order_errors(intended_on, dates, table.month.last).values()):
            code, severity, message = "progress.dates", Severity.BLOCKING, faults[0]
        else:
            code, severity = "progress.moved", Severity.EXPLAIN
            message = f"预计投产由 {known or '未定'} 改为 {typed or '未定'}。写明原因。"
        yield table.finding(at, "expected_produced_on", code, severity, message)


def _expected_dates(project: ProjectSnapshot, produced_on: date | None) -> dict[Stage, date]:
    """Return a project's expected date of each stage, with `produced_on` as the production (投产) date."""
    others = {stage: on for stage, on in project.expected.items() if stage != Stage.PRODUCED}
    return others | ({Stage.PRODUCED: produced_on} if produced_on else {})


def check_obstacle(table: ParsedTable, others: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    for at, _ in _rows_not_reported_late(table):
        chosen, text = table.values["obstacle"][at], table.values["obstacle_text"][at]
        if chosen == HAS_OBSTACLE and not text:
            message = "选了“有”，没有写是什么问题。写明，或改为“无”。"
        elif chosen == NO_OBSTACLE and text:
            message = "写了问题，选的却是“无”。改为“有”，或删去文字。"
        else:
            continue
        yield table.finding(at, "obstacle_text", "progress.obstacle", Severity.BLOCKING, message)


def _wan_text(amount: Decimal) -> str:
    return quantities.format_with_commas(amount / quantities.WAN, 2)


RULES = (
    check_stage_against_register,
    check_steps_kept_after_reopening,
    check_paid_in_capital,
    check_idle_projects,
    check_overdue_dates,
    check_changed_production_dates,
    check_obstacle,
)
