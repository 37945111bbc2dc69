"""Loads the data of a return's page: its state, one sheet with findings, buttons and history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import datasets, finding_panel, grid_data, return_sheets, row_totals, rules_workflow_guards
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Status
from hunan_trade.intake.queries_workflow_guards import load_guard_data
from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.intake.rules_workflow_guards import ReturnGuardData
from hunan_trade.intake.workflow import RETURN
from hunan_trade.periods import Month, format_chinese_datetime
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.table_types import TableSpec
from hunan_trade.ui.chart_data import Chart, Series
from hunan_trade.ui.component_data import Fact, HistoryEntry, StateKind

STATE_KINDS: Mapping[str, StateKind] = {
    Status.FILLING: "",
    Status.SIGNING: "now",
    Status.SENT: "now",
    Status.GIVEN_BACK: "warn",
    Status.ACCEPTED: "ok",
}


@dataclass(frozen=True)
class MoveButton:
    """A button that changes a monthly return's state; `refusal` says why it is disabled, "" if it is enabled."""

    label: str
    refusal: str = ""


@dataclass(frozen=True)
class RemarkLink:
    """A link to a grid cell that the province wants the city to correct."""

    sheet: str
    dataset: str
    cell: str
    record: str
    column: str
    value: str


@dataclass(frozen=True)
class ReturnHeader:
    """The header of a monthly return's pages: its state, when it was first sent, and who must act next."""

    monthly_return: MonthlyReturn
    latest: Round | None
    now: datetime

    @property
    def state_kind(self) -> StateKind:
        return STATE_KINDS[self.monthly_return.status]

    @property
    def state_text(self) -> str:
        """The return's state and, from round 2 on, its round of review as text, such as 退回修改，第2轮."""
        number = self.monthly_return.round_number
        return self.monthly_return.state.label + (f"，第{number}轮" if number > 1 else "")

    @property
    def first_sent_text(self) -> str:
        """Text that says when the return was first sent and whether on time, such as 首报 7月3日，按时.

        首报 7月3日，按时
        """
        if self.monthly_return.first_sent_at is None:
            return ""
        day = self.monthly_return.first_sent_at.astimezone(clock.SHANGHAI)
        return f"首报 {periods.format_chinese_date(day, with_year=False)}，{'按时' if self.monthly_return.is_on_time() else '迟报'}"

    @property
    def holder_text(self) -> str:
        """Text that says who submitted, signed or accepted the return and when, and who must act next."""
        monthly_return, latest = self.monthly_return, self.latest
        if monthly_return.status == Status.SIGNING and monthly_return.handed_up_by and monthly_return.handed_up_at:
            return f"{monthly_return.handed_up_by.name} {format_chinese_datetime(monthly_return.handed_up_at)} 送签，等市州负责人签发"
        if monthly_return.status == Status.SENT and latest:
            return f"{latest.signed_by.name} {format_chinese_datetime(latest.sent_at)} 签发送省厅，等省厅审核"
        if monthly_return.status == Status.ACCEPTED and latest and latest.decided_by and latest.decided_at:
            return f"{latest.decided_by.name} {format_chinese_datetime(latest.decided_at)} 核定"
        return ""


@dataclass(frozen=True)
class ReturnPage:
    """Data of a monthly return's page: header, grid and findings of one sheet, buttons, and cells to correct."""

    head: ReturnHeader
    form: ReturnSheets
    tabs: tuple[finding_panel.SheetTab, ...]
    sheet: grid_data.GridSheet
    moves: Mapping[str, MoveButton]
    lock_reason: str  # why nothing can be typed, "" while it can or where typing is not the question
    deadline: str
    given_back: Round | None
    remarks: tuple[RemarkLink, ...]
    exemptions: tuple[Exemption, ...]
    exemption_kind: str  # what may be asked for: "" when nothing, or when this reader may not ask
    checked_at: str

    @property
    def editable(self) -> bool:
        return "fill" in self.moves and not self.moves["fill"].refusal

    @property
    def blocking(self) -> int:
        return sum(tab.blocking for tab in self.tabs)

    @property
    def unexplained(self) -> int:
        return sum(tab.unexplained for tab in self.tabs)

    @property
    def work_left_text(self) -> str:
        """Text that says what is left to do, such as 还有 2 处必须改、1 处要说明, or 检查通过 if nothing is."""
        parts = [
            f"{count} 处{words}" for count, words in ((self.blocking, "必须改"), (self.unexplained, "要说明")) if count
        ]
        return "还有 " + "、".join(parts) if parts else "检查通过"

    @property
    def may_ask_exemption(self) -> bool:
        return bool(self.exemption_kind) and self.open_exemption is None

    @property
    def exemption_label(self) -> str:
        return str(Exemption.Kind(self.exemption_kind).label)

    @property
    def open_exemption(self) -> Exemption | None:
        return next((exemption for exemption in self.exemptions if exemption.granted is None), None)


def first_sheet_code(month: Month) -> str:
    return datasets.of_month(month)[0].code


def return_header(monthly_return: MonthlyReturn) -> ReturnHeader:
    latest = monthly_return.rounds.select_related("signed_by", "decided_by").order_by("-number").first()
    return ReturnHeader(monthly_return, latest, clock.now())


def return_page(monthly_return: MonthlyReturn, user: User, code: str) -> ReturnPage:
    """Load the data of a monthly return's page that shows the sheet `code`; raise KeyError for an unknown sheet."""
    dataset = datasets.get(code, monthly_return.period)
    form = return_sheets.stored_sheets(monthly_return)
    checked = form.check()
    facts = load_guard_data(monthly_return, checked)
    moves = _move_buttons(facts, user)
    editable = "fill" in moves and not moves["fill"].refusal
    top = return_header(monthly_return)
    back = top.latest if monthly_return.status == Status.GIVEN_BACK and top.latest and top.latest.reason else None
    return ReturnPage(
        head=top,
        form=form,
        tabs=finding_panel.sheet_tabs(checked, code),
        sheet=grid_data.grid_sheet(
            form,
            checked.tables[code],
            checked.findings_of_sheet(code),
            grid_data.row_versions_by_key(monthly_return, dataset),
            editable=editable,
        ),
        moves=moves,
        lock_reason=(rules_workflow_guards.lock_reason(facts) or "")
        if monthly_return.status not in (Status.SENT, Status.ACCEPTED)
        else "",
        deadline=deadline_text(facts, monthly_return),
        given_back=back,
        remarks=remark_links(back) if back else (),
        exemptions=tuple(monthly_return.exemptions.select_related("asked_by", "decided_by")[:5]),
        exemption_kind=_possible_exemption(monthly_return, facts) if user.may(Permission.ASK_EXEMPTION) else "",
        checked_at=f"{top.now:%H:%M}",
    )


def _possible_exemption(monthly_return: MonthlyReturn, facts: ReturnGuardData) -> str:
    """Return which exemption, late filing or reopening, can be requested for a return now; "" if none can.

    An accepted return can be reopened, a locked one can be filed late.
    """
    if monthly_return.status == Status.ACCEPTED:
        return Exemption.Kind.REOPEN
    locked = monthly_return.status != Status.SENT and clock.is_past(monthly_return.locks_at, facts.now)
    return Exemption.Kind.LATE if locked and rules_workflow_guards.lock_reason(facts) else ""


def _move_buttons(facts: ReturnGuardData, user: User) -> dict[str, MoveButton]:
    """Return a dict from state change to button, for the changes the user has permission for, disabled or not."""
    refusals = RETURN.refusals_by_move(facts, user, may=user.may)
    return {
        name: MoveButton(RETURN.moves[name].label, refusal or "")
        for name, refusal in refusals.items()
        if user.may(RETURN.moves[name].permission) and (user.is_province or user.region_id == facts.region)
    }


def deadline_text(facts: ReturnGuardData, monthly_return: MonthlyReturn) -> str:
    """Return a Chinese text with a return's next deadline, its due or lock time; "" if none lies ahead."""
    if monthly_return.status in (Status.SENT, Status.ACCEPTED):
        return ""
    if monthly_return.first_sent_at is None and not clock.is_past(monthly_return.due_at, facts.now):
        return _time_left_text(monthly_return.due_at, "截止", facts.now)
    if (
        facts.open_until
        and facts.open_until > monthly_return.locks_at
        and not clock.is_past(facts.open_until, facts.now)
    ):
        return _time_left_text(facts.open_until, "锁定（已准延期）", facts.now)
    if not clock.is_past(monthly_return.locks_at, facts.now):
        words = _time_left_text(monthly_return.locks_at, "锁定", facts.now)
        return words if monthly_return.first_sent_at else f"已过截止时间，{words}"
    return ""


def _time_left_text(at: datetime, what: str, now: datetime) -> str:
    local = at.astimezone(clock.SHANGHAI)
    days = (local.date() - now.astimezone(clock.SHANGHAI).date()).days
    left = f"余 {days} 天" if days else "就在今天"
    return f"{periods.format_chinese_date(local.date(), with_year=False)}（{periods.chinese_weekday(local.date())}）{local:%H:%M} {what}，{left}"


def remark_links(round_: Round) -> tuple[RemarkLink, ...]:
    found = []
    for remark in round_.remarks.order_by("pk"):
        dataset = datasets.get(remark.dataset)
        found.append(
            RemarkLink(
                sheet=dataset.sheet,
                dataset=dataset.code,
                cell=remark.cell,
                record=remark.record,
                column=column_label(
                    dataset.column(remark.column), round_.monthly_return.period, dataset.column(remark.column).unit
                ),
                value=remark.value,
            )
        )
    return tuple(found)


def column_label(column: Column, month: Month, unit: str) -> str:
    """Return a column's label made of title, month heading and unit, such as 出口，6月当月，万美元.

    A title that its group already says is left out.
    """
    group, title = return_sheets.column_heading(column, month)
    return "，".join(part for part in ("" if title in group else title, group, unit) if part)


# --- Twelve months of one record ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RecordHistory:
    """A record's totals over thirteen months as a chart, with labelled values below the chart."""

    name: str
    unit: str
    chart: Chart | None
    facts: tuple[Fact, ...]


def load_history_of_record(form: ReturnSheets, dataset: TableSpec, key: str, *, accepted: bool) -> RecordHistory:
    """Return a chart of a record's monthly totals: the return's month and the twelve months before.

    Raises KeyError for an unknown record.
    """
    row, typed = {row.key: (row, typed) for row, typed in form.rows(dataset)}[key]
    past = {
        month: value
        for month, columns in sorted(form.contexts[dataset.code].past.get(key, {}).items())
        if (value := row_totals.row_total(dataset, columns)) is not None
    }
    columns = dataset.of_kind(Kind.MONTH)
    now = row_totals.row_total(
        dataset, {column.key: column.parse([typed.get(column.key, "")]).values[0] for column in columns}
    )
    months = [form.month.plus(-step) for step in range(12, -1, -1)]
    values = tuple(past.get(month) for month in months)
    unit = columns[0].unit or row.texts.get("unit", "")
    if not past:
        return RecordHistory(row.name, unit, None, ())
    low, high = min(past.values()), max(past.values())
    rate = row_totals.RowComparison(now, past.get(form.month.previous), past.get(form.month.year_ago))
    outside = now is not None and len(past) >= 3 and rate.large_change and not low <= now <= high
    labels = tuple(f"{month.month}月" for month in months)
    finding = f"前 12 个月在 {grid_data.amount_text(low, unit)} 到 {grid_data.amount_text(high, unit)} 之间，{form.month.month}月 {grid_data.amount_text(now, unit)}"
    chart = Chart(
        key="history",
        kind="bars",
        finding=finding,
        unit=unit,
        labels=labels,
        series=(
            Series("已核定", "now", (*values[:-1], now if accepted else None)),
            Series("本月未核定", "suspect" if outside else "unaccepted", (*(None,) * 12, None if accepted else now)),
        ),
        height="low",
        figures=False,
    )
    facts = (
        Fact("上月", grid_data.amount_text(rate.last, unit)),
        Fact("上年同月", grid_data.amount_text(rate.base, unit)),
        Fact("前 12 月范围", f"{grid_data.amount_text(low, unit)} — {grid_data.amount_text(high, unit)}"),
    )
    return RecordHistory(row.name, unit, chart, facts)


# --- What happened to it --------------------------------------------------------------------------------------------
def rounds_of(monthly_return: MonthlyReturn) -> tuple[Round, ...]:
    """Return all rounds of review of a monthly return, newest first.

    With their users, files and remarks.
    """
    found = monthly_return.rounds.select_related("filled_by", "signed_by", "decided_by", "workbook").prefetch_related(
        "remarks"
    )
    return tuple(found.order_by("-number"))


def return_history_entries(monthly_return: MonthlyReturn, sent: tuple[Round, ...]) -> tuple[HistoryEntry, ...]:
    """Return a monthly return's events, such as sendings and decisions, as display entries, newest first."""
    lines: list[tuple[datetime, HistoryEntry]] = [
        (monthly_return.opens_at, HistoryEntry(format_chinese_datetime(monthly_return.opens_at), "开始填报"))
    ]
    for exemption in monthly_return.exemptions.select_related("asked_by", "decided_by"):
        lines += _exemption_entries(exemption)
    for round_ in sent:
        lines += _round_entries(monthly_return, round_)
    if monthly_return.status == Status.SIGNING and monthly_return.handed_up_by and monthly_return.handed_up_at:
        text = f"送市州负责人，{monthly_return.handed_up_by.name}"
        lines.append(
            (
                monthly_return.handed_up_at,
                HistoryEntry(format_chinese_datetime(monthly_return.handed_up_at), text, state="now"),
            )
        )
    in_order = sorted(lines, key=lambda line: line[0])  # stable: what happened in one minute stays in its order
    return tuple(entry for _, entry in reversed(in_order))


def _round_entries(monthly_return: MonthlyReturn, round_: Round) -> list[tuple[datetime, HistoryEntry]]:
    first = round_.number == 1
    punctual = ("迟报；" if clock.is_past(monthly_return.due_at, round_.sent_at) else "按时；") if first else ""
    changed = f"改 {round_.rows_changed} 行；" if not first else ""
    lines = [
        (
            round_.handed_up_at,
            HistoryEntry(format_chinese_datetime(round_.handed_up_at), f"填报人{round_.filled_by.name}送市州负责人"),
        ),
        (
            round_.sent_at,
            HistoryEntry(
                format_chinese_datetime(round_.sent_at),
                f"{'首次' if first else f'第{round_.number}轮'}送省厅，{round_.signed_by.name}",
                detail=f"{punctual}{changed}回执 {round_.receipt}；文件 {round_.digest[:4]}…{round_.digest[-4:]}",
                state="" if round_.decision else "now",
            ),
        ),
    ]
    if round_.decided_by and round_.decided_at:
        back = round_.decision == Round.Decision.GIVEN_BACK
        cells = "、".join(f"{datasets.get(r.dataset).sheet} {r.cell}" for r in round_.remarks.all())
        text = f"{'退回' if back else '核定'}，{round_.decided_by.name}"
        at = round_.decided_at
        lines.append(
            (
                at,
                HistoryEntry(
                    format_chinese_datetime(at), text, detail=cells, quote=round_.reason, state="stop" if back else ""
                ),
            )
        )
    return lines


def _exemption_entries(exemption: Exemption) -> list[tuple[datetime, HistoryEntry]]:
    kind = exemption.get_kind_display()
    entry = HistoryEntry(
        format_chinese_datetime(exemption.asked_at), f"{exemption.asked_by.name}提出{kind}", quote=exemption.reason
    )
    lines = [(exemption.asked_at, entry)]
    if exemption.decided_by and exemption.decided_at:
        text = f"{exemption.decided_by.name}{'批准' if exemption.granted else '不批准'}{kind}"
        detail = f"到 {format_chinese_datetime(exemption.until)}" if exemption.granted else ""
        lines.append(
            (exemption.decided_at, HistoryEntry(format_chinese_datetime(exemption.decided_at), text, detail=detail))
        )
    return lines
