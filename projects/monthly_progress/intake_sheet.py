"""Declares the progress of projects as a sheet of the monthly form."""

from __future__ import annotations

from hunan_trade.intake.datasets import Dataset
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import choice_parser, number_parser, text_parser
from hunan_trade.tabular.date_column_parser import date_parser
from projects.choices import Stage
from projects.monthly_progress import progress_sheet_data
from projects.monthly_progress.actions_store_accepted_sheet import store_progress
from projects.monthly_progress.rules_for_checking_sheet import (
    FINDING_LABELS,
    HAS_OBSTACLE,
    NO_OBSTACLE,
    RULES,
    THRESHOLDS,
)
from projects.monthly_progress.rules_late_reported_steps import CURRENT_LINE, LATE_LINES

_LINES = (CURRENT_LINE, *LATE_LINES.values())
_STAGES = tuple(str(stage.label) for stage in Stage)
_YES_NO = (NO_OBSTACLE, HAS_OBSTACLE)
_MONEY, _DAY = number_parser(6), date_parser()

PROJECT_PROGRESS = Dataset(
    code=progress_sheet_data.CODE,
    sheet="项目进度",
    record_noun="项目",
    addable="新项目先在“项目”中登记。已完成、终止的，写上编号和“当月”。",
    add_page=("登记项目", "projects:new"),
    columns=(
        Column("code", "编号", Kind.KEY, text_parser(15), width=15),
        Column("line", "事项", Kind.KEY, choice_parser(_LINES), width=10, choices=_LINES),
        Column("name", "项目", Kind.LOCKED, text_parser(100), width=34),
        Column("last_stage", "上月阶段", Kind.LOCKED, text_parser(10), width=9),
        Column(
            "stage",
            "阶段",
            Kind.ENTRY,
            choice_parser(_STAGES),
            width=9,
            choices=_STAGES,
            hint="按项目页的登记填好。有新的阶段，先在项目页登记。",
            required=True,
        ),
        Column("stage_on", "阶段日期", Kind.ENTRY, _DAY, width=12, hint="项目页登记的日期。", required=True),
        Column("last_expected", "上月预计投产", Kind.LOCKED, text_parser(10), width=13),
        Column(
            "expected_produced_on",
            "预计投产",
            Kind.ENTRY,
            _DAY,
            width=12,
            hint="改了的，在说明中写原因。没有定的不填。",
        ),
        Column(
            "paid_in_cny",
            "到位内资",
            Kind.MONTH,
            _MONEY,
            "万元",
            "{month}月当月",
            13,
            2,
            hint="当月到位的省外境内资金，万元，最多六位小数。没有发生填 0。",
        ),
        Column(
            "paid_in_usd",
            "到位外资",
            Kind.MONTH,
            _MONEY,
            "万美元",
            "{month}月当月",
            13,
            2,
            hint="当月到位的外资，万美元，最多六位小数。没有发生填 0。",
        ),
        Column(
            "obstacle",
            "有无问题",
            Kind.ENTRY,
            choice_parser(_YES_NO),
            width=9,
            choices=_YES_NO,
            hint="需要协调解决的，选“有”。",
            required=True,
        ),
        Column("obstacle_text", "问题", Kind.ENTRY, text_parser(200), width=36, hint="是什么问题，要哪个部门办什么。"),
        Column("reason", "说明", Kind.REASON, text_parser(200), width=40, hint="检查要求说明的，写在这里。"),
    ),
    load=progress_sheet_data.load_progress,
    size=progress_sheet_data.max_row_count,
    lock=progress_sheet_data.lock_city_projects,
    rules=RULES,
    finding_labels=FINDING_LABELS,
    thresholds=THRESHOLDS,
    store=store_progress,
    version_tables=("projects_change", "indicators_change", "intake_threshold_change"),  # every acceptance observes
    first_month=progress_sheet_data.FIRST_MONTH,
)
