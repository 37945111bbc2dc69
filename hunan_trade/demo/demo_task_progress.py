"""Records invented progress on the tasks and milestones of the demo's work plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from targets import actions
from targets.models import Target, TaskState, WorkPlan

_HENGYANG, _CHENZHOU, _YONGZHOU = "430400", "431000", "431100"
_ALL = "430000"


@dataclass(frozen=True)
class ProgressEntry:
    """Invented progress report on one task of the work plan."""

    item: int
    region: str
    on: date
    state: str
    text: str
    reason: str = ""


PROGRESS = (
    ProgressEntry(4, _HENGYANG, date(2013, 5, 20), "done", "子规划已印发"),
    ProgressEntry(4, _CHENZHOU, date(2013, 6, 18), "under_way", "送审稿征求部门意见"),
    ProgressEntry(4, _YONGZHOU, date(2013, 6, 27), "delayed", "初稿完成", "产业定位两次调整，评审改到 8 月"),
    ProgressEntry(5, _HENGYANG, date(2013, 6, 28), "under_way", "配套细则出台 3 个"),
    ProgressEntry(5, _CHENZHOU, date(2013, 6, 28), "under_way", "专项资金首批已下达"),
    ProgressEntry(5, _YONGZHOU, date(2013, 6, 28), "under_way", "配套细则出台 2 个"),
    ProgressEntry(7, _HENGYANG, date(2013, 7, 2), "under_way", "首批项目按月调度"),
    ProgressEntry(7, _CHENZHOU, date(2013, 7, 2), "under_way", "首批项目按月调度"),
    ProgressEntry(7, _YONGZHOU, date(2013, 7, 3), "delayed", "首批项目 4 个未开工", "用地指标未批"),
    ProgressEntry(8, _HENGYANG, date(2013, 7, 5), "under_way", "围网、卡口在建"),
    ProgressEntry(8, _CHENZHOU, date(2013, 6, 25), "under_way", "升级申请材料在编"),
    ProgressEntry(9, _HENGYANG, date(2013, 6, 25), "under_way", "松木园申报材料已上报"),
    ProgressEntry(9, _CHENZHOU, date(2013, 6, 25), "under_way", "扩区方案在审"),
    ProgressEntry(10, _ALL, date(2013, 6, 20), "under_way", "名单正在各市州核对"),
    ProgressEntry(12, _ALL, date(2013, 6, 20), "under_way", "上半年厂房补助申报受理中"),
    ProgressEntry(13, _ALL, date(2013, 7, 3), "under_way", "服务事项按月会商"),
    ProgressEntry(16, _ALL, date(2013, 6, 28), "under_way", "湘潭材料已报，岳阳、长沙在编"),
    ProgressEntry(18, _ALL, date(2013, 6, 28), "under_way", "配套企业拜访按计划进行"),
    ProgressEntry(20, _ALL, date(2013, 7, 1), "under_way", "五项已办两项"),
    ProgressEntry(21, _ALL, date(2013, 7, 4), "under_way", "参展结束，成交数据在核"),
    ProgressEntry(22, _HENGYANG, date(2013, 6, 28), "under_way", "会务方案已定"),
    ProgressEntry(23, _ALL, date(2013, 6, 10), "under_way", "加工贸易库、项目库先行"),
    ProgressEntry(24, _ALL, date(2013, 5, 10), "under_way", "月报、通报按月进行"),
    ProgressEntry(25, _ALL, date(2013, 6, 14), "under_way", "二季度会议已开"),
    ProgressEntry(28, _ALL, date(2013, 6, 28), "delayed", "办法初稿完成", "评分口径待各市州反馈"),
)
MILESTONES = (
    ("taiwan_meeting", date(2013, 2, 26)),
    ("hong_kong_week", date(2013, 6, 24)),
    ("expo_held", date(2013, 6, 22)),
)


@transaction.atomic
def record_task_progress(*, by: User) -> None:
    """Record half a year of invented progress on the work plan's tasks and milestones.

    Does nothing if a task of the plan already has a report.
    """
    plan = WorkPlan.objects.current(2013)
    if plan is None or TaskState.objects.filter(item__plan=plan).exclude(updated_on=None).exists():
        return
    for entry in PROGRESS:
        task = TaskState.objects.get(item__plan=plan, item__number=entry.item, region_id=entry.region)
        with clock.frozen_at(clock.at(entry.on, 10)):
            actions.record_task_state(
                task=task, state=entry.state, text=entry.text, reason=entry.reason, seen=task.version, by=by
            )
    for code, day in MILESTONES:
        with clock.frozen_at(clock.at(day, 17)):
            target = Target.objects.get(plan=plan, code=code)
            actions.record_milestone_reached(target=target, on=day, seen=target.version, by=by)
