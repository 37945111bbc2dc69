"""Declares the fixed values of the project register with their Chinese labels."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models


class Stage(models.TextChoices):
    """Stages of a project, in the order in which a project passes them."""

    INTENDED = "intended", "意向"
    SIGNED = "signed", "签约"
    LANDED = "landed", "落地"
    PRODUCED = "produced", "投产"
    OPERATING = "operating", "营运"


class EntryState(models.TextChoices):
    """States of a project's stage step, capital increase or termination, such as awaiting confirmation or valid."""

    UNACCEPTED = "unaccepted", "未核定"
    AWAITING_LEAD = "awaiting_lead", "待省厅负责人确认"
    AWAITING_PROVINCE = "awaiting_province", "待省厅确认"
    VALID = "valid", "有效"
    GIVEN_BACK = "given_back", "退回"
    VOID = "void", "作废"


def entry_labels(states: Collection[EntryState]) -> dict[str, str]:
    """Return, by state, the Chinese labels of the given states of a stage step, capital increase or termination.

    Where none of them waits for the province, the lead is the city's.
    """
    of_city = {} if EntryState.AWAITING_PROVINCE in states else {EntryState.AWAITING_LEAD.value: "待负责人确认"}
    return {state.value: str(state.label) for state in states} | of_city


WAITING_STATES = (EntryState.UNACCEPTED, EntryState.AWAITING_LEAD, EntryState.AWAITING_PROVINCE)
# These wait for a person of the city or the province, the other for an accepted return.
PENDING_STATES = (EntryState.AWAITING_LEAD, EntryState.AWAITING_PROVINCE)
UNDONE_STATES = (EntryState.GIVEN_BACK, EntryState.VOID)
# Of a project and stage one step is in one of these states at most, of a project one termination.
LIVE_STATES = frozenset({*WAITING_STATES, EntryState.VALID})
# What becomes of an increase or a termination, which no return accepts.
PROPOSAL_STATES = (EntryState.AWAITING_LEAD, EntryState.VALID, *UNDONE_STATES)
PROPOSAL_LABELS = list(entry_labels(PROPOSAL_STATES).items())


class PairState(models.TextChoices):
    """States of a pair of projects that may be duplicates; the first project has the lower primary key."""

    WAITING = "waiting", "待认定"
    SAME = "same", "是同一项目"
    DIFFERENT = "different", "不是同一项目"
    SECOND_MERGED = "second_merged", "后一个已并入前一个"
    FIRST_MERGED = "first_merged", "前一个已并入后一个"
    UNLIKE = "unlike", "改后不再相似"


LINKED_STATES = (PairState.SAME, PairState.SECOND_MERGED, PairState.FIRST_MERGED)  # of which one alone counts


class Status(models.TextChoices):
    """Status of a project, such as 延期 (delayed), which is independent of its stage."""

    ACTIVE = "active", "推进中"
    DELAYED = "delayed", "延期"
    STALLED = "stalled", "停滞"
    TERMINATED = "terminated", "终止"
    FINISHED = "finished", "完成"


class ProjectClass(models.TextChoices):
    """The three classes of major projects that item 7 of the work plan names."""

    INFRASTRUCTURE = "infrastructure", "基础设施"
    INDUSTRY = "industry", "鼓励类产业"
    PLATFORM = "platform", "公共服务平台"


class Kind(models.TextChoices):
    """Kinds of infrastructure and platform projects, in the words and order of the work plan."""

    WATER = "water", "水"
    POWER = "power", "电"
    ROAD = "road", "路"
    GAS = "gas", "气"
    TELECOM = "telecom", "通讯"
    OTHER_INFRASTRUCTURE = "other_infrastructure", "其他基础设施"
    CUSTOMS = "customs", "通关"
    LOGISTICS = "logistics", "物流"
    TRAINING = "training", "教育培训"
    INFORMATION = "information", "信息服务"
    DESIGN = "design", "研发设计"
    ENVIRONMENT = "environment", "环保"
    STARTUP_BASE = "startup_base", "中小微型企业创业基地"
    OTHER_PLATFORM = "other_platform", "其他平台"


# A project of the industry class has an industry and no kind.
KINDS_OF_CLASS: dict[ProjectClass, tuple[Kind, ...]] = {
    ProjectClass.INFRASTRUCTURE: (
        Kind.WATER, Kind.POWER, Kind.ROAD, Kind.GAS, Kind.TELECOM, Kind.OTHER_INFRASTRUCTURE,
    ),
    ProjectClass.INDUSTRY: (),
    ProjectClass.PLATFORM: (
        Kind.CUSTOMS, Kind.LOGISTICS, Kind.TRAINING, Kind.INFORMATION, Kind.DESIGN, Kind.ENVIRONMENT,
        Kind.STARTUP_BASE, Kind.OTHER_PLATFORM,
    ),
}  # fmt: skip


class IntroducerKind(models.TextChoices):
    """Kinds of introducers who bring a project to the province: department, organisation or person."""

    DEPARTMENT = "department", "部门"
    ORGANISATION = "organisation", "机构"
    PERSON = "person", "个人"


class BatchState(models.TextChoices):
    """Whether a project is in a batch, could be in one, or is in a city that has no batches."""

    OUTSIDE = "outside", "不在湘南三市"
    UNLISTED = "unlisted", "没有列入批次"
    LISTED = "listed", "已列入批次"


class DemandKind(models.TextChoices):
    """Kinds of conditions for a project to reach a stage: a filled field, an attached document or a paid-in share."""

    FIELD = "field", "填写项"
    DOCUMENT = "document", "文件"
    PAID_IN_SHARE = "paid_in_share", "到位比例"


class CountingEvent(models.TextChoices):
    """Events that can make a project count in a plan year: signing or business registration."""

    SIGNING = "signing", "签约"
    REGISTRATION = "registration", "工商注册"


REGISTER_COMPLETE_FROM = 2013  # the first year whose projects all stand in the register; not decided anew


class CountingRule(models.TextChoices):
    """Rules that decide whether a project counts toward the year's number of projects."""

    R1 = "R1", "按年度规则所指环节，首次之日计入一次"
    R2 = "R2", "环节经核定、在项目库起计之后才计"
    R3 = "R3", "增资只计金额，不计个数"
    R4 = "R4", "计入前终止的不计"
    R5 = "R5", "合并的由保留的项目计"
    R6 = "R6", "同一项目只计日期在前的一个"


class VerdictCode(models.TextChoices):
    """Codes that say whether a project counts toward the year's number of projects, or why not."""

    COUNTED = "counted", "计入"
    NOT_SIGNED = "not_signed", "未签约"
    NOT_REGISTERED = "not_registered", "未工商注册"
    UNACCEPTED = "unaccepted", "未核定"
    BEFORE_REGISTER = "before_register", "建库前"
    BETWEEN_RULES = "between_rules", "两年规则都不计"
    TERMINATED_EARLY = "terminated_early", "计数前终止"
    MERGED = "merged", "已合并"
    DUPLICATE = "duplicate", "重复登记"
    COUNTED_ELSEWHERE = "counted_elsewhere", "已由其他市州项目计入"


class FortuneCode(models.TextChoices):
    """Codes that say whether a project adds an investor's group to the year's Fortune 500 count, or why not.

    Of a project whose investors belong to several groups, the first of these codes is stored.
    """

    COUNTED = "counted", "计入"
    COUNTED_ELSEWHERE = "counted_elsewhere", "已由其他市州项目计入"
    GROUP_COUNTED_EARLIER = "group_counted_earlier", "集团已有首个项目"
    NOT_LISTED = "not_listed", "不在当年名单"
    PROJECT_NOT_COUNTED = "project_not_counted", "项目未计入"
