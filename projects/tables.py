"""Declares the columns of the register of projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import (
    Action,
    BelongsTo,
    ColumnData,
    Derived,
    Editing,
    FieldGroup,
    Importing,
    Listing,
    RecordBlock,
    RecordTop,
    Summary,
    View,
)
from hunan_trade.ui.component_data import StateKind
from parks.models import Park
from projects import queries_list_summaries
from projects.actions import lock_changed_projects, save_projects
from projects.actions_status import STATUS_MOVES
from projects.batches.actions import BATCH_MOVES
from projects.batches.tables import BATCHES_OF_PROJECT
from projects.capital_increases.actions import INCREASE_PROPOSAL
from projects.capital_increases.capital_panel import capital_panel
from projects.choices import FortuneCode, Status
from projects.contact_log.actions import CONTACT_MOVES
from projects.contact_log.followers_and_contacts_panel import contact_panel, moves_explained_above, project_top
from projects.counting.verdict_panel import VERDICT_COLOURS, verdict_panel
from projects.dates.date_history import attach_days_late
from projects.dates.slippage_panel import slippage_panel
from projects.derived_values import DERIVED_FIELDS, set_derived_values, update_dependent_values
from projects.duplicates.duplicates_on_project_page import pair_panel
from projects.filters import ProjectFilter
from projects.fortune_500.fortune_panel import FORTUNE_COLOURS, fortune_panel
from projects.models import VERDICTS, Batch, Project
from projects.monthly_progress.queries_total_paid_in import PAID_IN, attach_paid_in
from projects.monthly_progress.tables_months_of_project import MONTHS_OF_PROJECT
from projects.stages import stage_conditions
from projects.stages.actions import PROJECT_MOVES
from projects.stages.tables import STEPS_OF_PROJECT
from projects.terminations.actions import PROJECT_TERMINATION_MOVES
from projects.terminations.tables import TERMINATIONS_OF_PROJECT

_STATUS_COLOURS: dict[str, StateKind] = {"delayed": "warn", "stalled": "bad", "finished": "ok"}
_DATES = ("expected_signed_on", "expected_landed_on", "expected_produced_on", "expected_operated_on")
_MONEY = ("total_investment_cny", "total_investment_usd", "contracted_cny", "contracted_usd")


# What few columns show is read by queries of its own: to plan a join of ten tables takes longer than to read the page.
_READ_APART = ("area", "via", "industry", "city_contact", "province_contact")


def _prefetch_related_records(projects: Sequence[Any]) -> Sequence[Any]:
    prefetch_related_objects(projects, *_READ_APART)
    return projects


def _name_of(person: User | None) -> str:
    return person.name if person else ""


PROJECTS = Listing(
    code="projects",
    title="重大转移项目库",
    noun="个",
    see=Permission.SEE_FIGURES,
    rows=lambda: Project.objects.select_related("city", "park", "source", "batch"),
    columns=(
        field(
            Project,
            "code",
            kind=column_kinds.CODE,
            link=lambda project: reverse("projects:detail", args=[project.code]),
            aliases=("项目编号", "编码"),
        ),
        field(
            Project,
            "name",
            title="项目",
            sort=("name_order",),
            aliases=("项目名称", "名称", "签约项目"),
            link=lambda project: reverse("projects:detail", args=[project.code]),
        ),
        field(Project, "source", aliases=("项目来源", "来源", "投资来源地")),
        field(Project, "city", aliases=("所在市州", "承接地", "市", "地市", "落户市州")),
        field(Project, "area", kind=column_kinds.REGION, default=False, aliases=("县区", "区县", "所在县市区")),
        field(Project, "park", aliases=("落户园区", "所在园区", "承接园区")),
        field(Project, "stage", note="unaccepted_stage_note", sort=(), aliases=("项目阶段", "进展", "进展情况")),
        field(Project, "accepted_stage", sort=(), default=False),
        field(Project, "signed_on", default=False, aliases=("签约时间",)),
        field(Project, "landed_on", default=False),
        field(Project, "produced_on", default=False),
        field(Project, "operated_on", default=False),
        field(Project, "status", kind=column_kinds.state(_STATUS_COLOURS, dict(Status.choices)), aliases=("项目状态",)),
        field(Project, "status_reason", sort=(), default=False),
        field(Project, "verdict", kind=column_kinds.state(VERDICT_COLOURS, dict(VERDICTS))),
        field(Project, "counted_on", default=False),
        field(Project, "verdict_rule", default=False),
        field(Project, "fortune_verdict", kind=column_kinds.state(FORTUNE_COLOURS, dict(FortuneCode.choices)), default=False),
        field(Project, "fortune_count", default=False),
        field(Project, "contracted_total_usd", kind=column_kinds.WAN_USD),
        field(Project, "contracted_total_cny", kind=column_kinds.WAN_CNY),
        Column("paid_in_usd", "到位外资", column_kinds.WAN_USD),
        Column("paid_in_cny", "到位内资", column_kinds.WAN_CNY),
        Column("paid_in_percent", "到位", column_kinds.PERCENT),
        field(
            Project,
            "contracted_usd",
            title="原合同外资",
            kind=column_kinds.WAN_USD,
            default=False,
            aliases=("合同外资", "合同利用外资", "合同外资额"),
        ),
        field(
            Project,
            "contracted_cny",
            title="原合同内资",
            kind=column_kinds.WAN_CNY,
            default=False,
            aliases=("合同内资", "合同引资", "合同省外境内资金"),
        ),
        field(Project, "increased_usd", kind=column_kinds.WAN_USD, default=False),
        field(Project, "increased_cny", kind=column_kinds.WAN_CNY, default=False),
        field(Project, "total_investment_usd", kind=column_kinds.WAN_USD, default=False),
        field(Project, "total_investment_cny", kind=column_kinds.WAN_CNY, default=False, aliases=("总投资", "投资总额")),
        field(Project, "project_class", default=False, aliases=("项目类别",)),
        field(Project, "kind", default=False, aliases=("项目细类",)),
        field(Project, "industry", default=False, aliases=("行业类别", "所属行业", "产业")),
        field(Project, "via", default=False),
        field(Project, "investors", default=False, aliases=("投资商", "投资企业", "投资单位", "投资者")),
        field(Project, "investor_groups", default=False, aliases=("所属集团", "集团", "投资集团")),
        Column("days_late", "比原定晚（天）", column_kinds.COUNT),
        field(Project, "expected_produced_on", aliases=("预计投产时间", "计划投产")),
        field(
            Project,
            "batch",
            source="batch.name",
            sort=("batch__number",),
            default=False,
            link=lambda project: reverse("batches:detail", args=[project.batch_id]) if project.batch_id else "",
        ),
        field(Project, "intended_on", default=False, aliases=("意向时间",)),
        field(Project, "last_contact_on", default=False),
        field(Project, "expected_signed_on", default=False),
        field(Project, "expected_landed_on", default=False),
        field(Project, "expected_operated_on", default=False),
        field(Project, "registered_on", default=False, aliases=("注册时间", "工商注册时间")),
        field(Project, "jobs", default=False, aliases=("就业人数", "计划就业人数")),
        field(Project, "land_mu", default=False, aliases=("用地", "占地", "用地面积")),
        field(Project, "factory_m2", default=False, aliases=("标准厂房", "厂房面积")),
        field(Project, "introducer_kind", default=False),
        field(Project, "introducer", default=False, aliases=("引荐人", "引荐单位")),
        field(Project, "city_contact", value=lambda project: _name_of(project.city_contact), default=False),
        field(
            Project,
            "province_contact",
            value=lambda project: _name_of(project.province_contact),
            default=False,
            aliases=("省厅联络人",),
        ),
        field(Project, "investor_contact", default=False, sort=(), see=Permission.SEE_CONTACTS, aliases=("联系人", "联系方式")),
        field(Project, "note", default=False, aliases=("备注",)),
    ),
    filters=ProjectFilter,
    key="code",
    belongs_to=(BelongsTo(Park, "park", "park"), BelongsTo(Batch, "batch", "batch", title="在册项目")),
    moves=(PROJECT_MOVES, STATUS_MOVES, PROJECT_TERMINATION_MOVES, INCREASE_PROPOSAL, CONTACT_MOVES, BATCH_MOVES),
    record_page=RecordTop("projects/_top.html", project_top, moves_explained_above),
    record_blocks=(
        RecordBlock("projects/_contacts.html", contact_panel),
        RecordBlock("projects/_verdict.html", verdict_panel),
        RecordBlock("projects/_fortune.html", fortune_panel),
        RecordBlock("projects/_pairs.html", pair_panel),
        RecordBlock("projects/_capital.html", capital_panel),
        RecordBlock("projects/_slippage.html", slippage_panel, charts=True),
    ),
    record_panels=(STEPS_OF_PROJECT, MONTHS_OF_PROJECT, TERMINATIONS_OF_PROJECT, BATCHES_OF_PROJECT),
    column_data=(
        ColumnData(_READ_APART, _prefetch_related_records),
        ColumnData(PAID_IN, attach_paid_in),
        ColumnData(("days_late",), attach_days_late),
    ),
    ordering=("-pk",),
    reads=(Project, Park, Batch, "regions_change", "industries_change", "accounts_change", "projects_followers_change", "intake_threshold_change", "projects_change", "indicators_change"),
    search=("name", "code", "investors"),
    views=(
        View("推进中", "status=active"),
        View("延期停滞", "status=delayed&status=stalled"),
        View("本年计入", "verdict=counted&counted_on_in=this_year"),
        View("未核定", "verdict=unaccepted"),
        View("我关注的", "follower=me"),
        View("要跟进", "alert=overdue&alert=expected_soon&alert=no_contact"),
    ),
    summary=Summary(
        ("verdict", "contracted_total_usd", "contracted_total_cny"), queries_list_summaries.counts_and_capital_in_words
    ),
    actions=(
        Action("阶段漏斗", "projects:funnel", Permission.SEE_FIGURES),
        Action("阶段登记", "project-stages:home", Permission.SEE_FIGURES),
        Action("增资", "project-increases:home", Permission.SEE_FIGURES),
        Action("联系记录", "project-contacts:home", Permission.SEE_FIGURES),
        Action("湘南批次", "batches:home", Permission.SEE_FIGURES),
        Action("计数规则", "counting-decisions:home", Permission.SEE_FIGURES),
        Action("年度关账", "year-closings:home", Permission.SEE_FIGURES),
        Action("终止", "project-terminations:home", Permission.SEE_FIGURES),
        Action("疑似重复", "project-duplicates:home", Permission.SEE_FIGURES),
        Action("登记项目", "projects:new", Permission.ENTER_PROJECT),
        Action("导入", "projects:import", Permission.ENTER_PROJECT),
    ),
    derived=Derived(DERIVED_FIELDS, set_derived_values, update_dependent_values),
    editing=Editing(
        Permission.ENTER_PROJECT,
        save_projects,
        (
            FieldGroup("基本情况", ("name", "city", "area", "park", "intended_on", "project_class", "kind", "industry", "note")),
            FieldGroup("投资", ("investors", "investor_groups", "source", "via", *_MONEY, "jobs", "land_mu", "factory_m2", "registered_on")),
            FieldGroup("预计时间", _DATES),
            FieldGroup(
                "联系和引荐",
                ("city_contact", "province_contact", "investor_contact", "introducer_kind", "introducer"),
            ),
        ),
        reason_for=frozenset({"city", *_MONEY, *_DATES}),
        rights={"province_contact": Permission.MAINTAIN_REGISTERS},
        bulk=("area", "park", "city_contact", "province_contact", "source", "industry"),
        lock=lock_changed_projects,
    ),
    importing=Importing(
        (
            "code", "name", "city", "area", "park", "project_class", "kind", "intended_on", "source", "via", "industry", "investors", "investor_groups", *_MONEY,
            "jobs", "land_mu", "factory_m2", "registered_on", *_DATES, "investor_contact", "introducer_kind",
            "introducer", "note",
        ),
        keys=(("code",), ("name", "city")),
        told={
            "stage": "不由导入改",
            "status": "不由导入改",
            "status_reason": "不由导入改",
            "batch": "由列入和退出批次改",
            **dict.fromkeys(PAID_IN, "由月报改"),
            **dict.fromkeys(("increased_cny", "increased_usd", "contracted_total_cny", "contracted_total_usd"), "由增资改"),
        },
    ),
    attachments=True,
    documents=stage_conditions.demanded_documents(),
    empty=("还没有登记项目", "由所在市州的填报人或省厅登记，也可以导入现有的台账。"),
)  # fmt: skip
