"""Declares the lists of monthly returns and of exemptions, and the tables on the pages of returns."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.adjustable_rule_thresholds import threshold_group
from hunan_trade.intake.filters import ExemptionFilter, ReturnListFilter, ThresholdFilter
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Status, Threshold
from hunan_trade.intake.queries_board_and_review_queue import ReviewItem
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import PAGE_AND_FILES, Action, Listing, Parts, View
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.lists.pages.row_buttons import RowButton, RowEnd
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.ui.component_data import StateKind
from hunan_trade.ui.templatetags.portal import moment

_LIGHTS: dict[str, StateKind] = {
    Status.SIGNING: "now",
    Status.SENT: "now",
    Status.GIVEN_BACK: "warn",
    Status.ACCEPTED: "ok",
}


def _url(monthly_return: MonthlyReturn) -> str:
    return reverse("intake:return", args=[monthly_return.region_id, monthly_return.period])


def _punctuality(monthly_return: MonthlyReturn) -> str:
    if (on_time := monthly_return.is_on_time()) is not None:
        return "按时" if on_time else "逾期"
    return "逾期未报" if monthly_return.is_overdue(clock.now()) else ""


RETURNS = Listing(
    code="returns",
    title="月报列表",
    noun="份",
    see=Permission.SEE_FIGURES,
    rows=lambda: MonthlyReturn.objects.with_region(),
    columns=(
        Column("name", "月报", value=str, link=_url, sort=("month", "region")),
        field(MonthlyReturn, "region", sort=("region",)),
        field(MonthlyReturn, "month", kind=column_kinds.MONTH),
        field(MonthlyReturn, "status", kind=column_kinds.state(_LIGHTS, dict(Status.choices))),
        field(MonthlyReturn, "round_number"),
        field(MonthlyReturn, "opens_at", narrow=False, default=False),
        field(MonthlyReturn, "due_at"),
        field(MonthlyReturn, "locks_at", narrow=False, default=False),
        field(MonthlyReturn, "first_sent_at"),
        Column("punctuality", "是否按时", column_kinds.state({"逾期": "warn", "逾期未报": "bad"}), value=_punctuality),
        field(MonthlyReturn, "nil_reason", narrow=False, default=False),
    ),
    filters=ReturnListFilter,
    ordering=("-month", "region"),
    search=("region__name",),
    reads=(MonthlyReturn, "regions_change"),
    deadlines=("due_at",),
    views=(
        View("本市", "region=own", of_cities=True),
        View("待审核", "status=sent"),
        View("未核定", "status=accepted&status_not=on"),
    ),
    actions=(Action("看报送情况", "intake:returns", Permission.SEE_FIGURES),),
    empty=("还没有月报", "每月开放填报后在此列出。"),
    parts=Parts(search=False),
)


# --- Exemptions -----------------------------------------------------------------------------------------------------
_EXEMPTION_LIGHTS: dict[str, StateKind] = {Exemption.State.ASKED: "now", Exemption.State.GRANTED: "ok"}
_EXEMPTION_COLUMNS = (
    Column(
        "name",
        "月报",
        source="monthly_return",
        link=lambda exemption: _url(exemption.monthly_return),
        sort=("monthly_return__month", "monthly_return__region"),
    ),
    field(Exemption, "kind"),
    field(Exemption, "reason"),
    field(Exemption, "asked_by", source="asked_by.name", sort=("asked_by__name",)),
    field(Exemption, "asked_at"),
    field(Exemption, "until"),
    Column("state", "结果", column_kinds.state(_EXEMPTION_LIGHTS, dict(Exemption.State.choices)), sort=("granted",)),
    field(Exemption, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
)


def decision_buttons(user: User, exemption: Exemption) -> RowEnd:
    """Return buttons to grant or refuse a late-filing or reopening request; "" if the user may not decide on it."""
    if exemption.granted is not None or not user.may(Permission.DECIDE_EXEMPTION) or exemption.asked_by_id == user.pk:
        return ""
    url = reverse("intake:exemption-decide", args=[exemption.pk])
    grant = f"批准{exemption.get_kind_display()}"
    return RowButton(grant, url, "granted", "yes"), RowButton("不批准", url, "granted", "no")


EXEMPTIONS = Listing(
    code="exemptions",
    title="延期和重新打开",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: Exemption.objects.with_people(),
    columns=(*_EXEMPTION_COLUMNS, field(Exemption, "decided_at", narrow=False)),
    filters=ExemptionFilter,
    ordering=("-asked_at",),
    search=("reason", "asked_by__name", "monthly_return__region__name"),
    views=(View("待批准", "state=asked"),),
    actions=(Action("看报送情况", "intake:returns", Permission.SEE_FIGURES),),
    row_end=decision_buttons,
    empty=("没有延期和重新打开", "市州申请锁定后补报，或省厅提出重新打开后，在此列出。"),
    parts=PAGE_AND_FILES,
)
OPEN_AND_RECENT_EXEMPTIONS = PageTable("待批准和近期办结的例外", _EXEMPTION_COLUMNS)


# --- Thresholds ----------------------------------------------------------------------------------------------------
def _declared_threshold(threshold: Threshold) -> RuleThreshold:
    return threshold_group(threshold.dataset).threshold(threshold.code)


THRESHOLDS = Listing(
    code="thresholds",
    title="核查和提醒阈值",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: Threshold.objects.select_related("decided_by"),
    columns=(
        Column("name", "阈值", value=lambda threshold: _declared_threshold(threshold).title, sort=("dataset", "code")),
        Column("sheet", "用于", value=lambda threshold: threshold_group(threshold.dataset).title, sort=("dataset",)),
        Column(
            "value",
            "数值",
            column_kinds.CODE,
            value=lambda threshold: _declared_threshold(threshold).format_value(threshold.value),
        ),
        field(Threshold, "holds_from", kind=column_kinds.MONTH),
        field(Threshold, "reason"),
        field(Threshold, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(Threshold, "decided_at"),
    ),
    filters=ThresholdFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(Action("决定阈值", "intake:threshold-decide", Permission.DECIDE_THRESHOLDS),),
    empty=("没有另定的阈值", "月报检查和项目提醒都按原定的阈值；省厅负责人另定的，在此列出。"),
    parts=PAGE_AND_FILES,
)


THRESHOLDS_IN_FORCE = PageTable(
    "现在的阈值",
    (
        Column("name", "阈值", source="declared.title"),
        Column("group", "用于"),
        Column("text", "现在", column_kinds.CODE),
        Column("default_text", "原定", column_kinds.CODE),
    ),
)


# --- Rounds ---------------------------------------------------------------------------------------------------------
def _round_url_function(name: str) -> Callable[[Round], str]:
    def address(round_: Round) -> str:
        sent = round_.monthly_return
        return reverse(f"intake:{name}", args=[sent.region_id, sent.period, round_.number])

    return address


def _review_decision_text(round_: Round) -> str:
    if round_.decided_by is None:
        return "待审核"
    return f"{round_.get_decision_display()}，{round_.decided_by.name} {moment(round_.decided_at)}"


ROUNDS = PageTable(
    "各轮报表",
    (
        Column(
            "number", "轮次", value=lambda round_: f"第{round_.number}轮", link=_round_url_function("return-receipt")
        ),
        field(Round, "receipt", kind=column_kinds.CODE),
        Column("people", "填报、签发", value=lambda round_: f"{round_.filled_by.name}，{round_.signed_by.name}"),
        field(Round, "sent_at", title="送达"),
        Column("decision", "审核", value=_review_decision_text),
        Column("digest", "文件 SHA-256", column_kinds.CODE, value=lambda round_: f"{round_.digest[:12]}…"),
        Column(
            "file",
            "文件",
            column_kinds.CODE,
            value=lambda round_: "下载 .xlsx",
            link=_round_url_function("round-workbook"),
        ),
    ),
)


# --- The queue of review --------------------------------------------------------------------------------------------
def _review_url(item: ReviewItem) -> str:
    return reverse("intake:review", args=[item.monthly_return.region_id, item.monthly_return.period])


_QUEUE_START = (
    Column("name", "月报", source="monthly_return", link=_review_url),
    Column("number", "轮次", column_kinds.CODE, value=lambda item: f"第{item.round.number}轮"),
)
_QUEUE_END = (
    Column("signed_by", "签发", column_kinds.CODE, source="round.signed_by.name"),
    Column("sent_at", "送达", column_kinds.MOMENT, source="round.sent_at"),
    Column("waiting", "已等", column_kinds.CODE, source="waiting_text"),
)
CONSPICUOUS_RETURNS = PageTable(
    "有异常的月报",
    (
        *_QUEUE_START,
        Column("outliers", "异常", column_kinds.COUNT),
        Column("explained", "已说明", column_kinds.COUNT),
        *_QUEUE_END,
    ),
)
PLAIN_RETURNS = PageTable("没有异常的月报", (*_QUEUE_START, *_QUEUE_END), pick="return_id_and_digest")
