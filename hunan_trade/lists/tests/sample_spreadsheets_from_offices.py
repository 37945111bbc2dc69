"""Invented spreadsheets as offices write them, and the list columns they are imported into, for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.spreadsheet import Spreadsheet, read_spreadsheet

XLS = Path(__file__).with_name("projects_of_a_city.xls")  # projects_of_a_city() as LibreOffice writes it
STAGES = {"signed": "签约", "landed": "落地", "running": "投产"}
COLUMNS = (
    Column("code", "编号", column_kinds.CODE, aliases=("项目编号",)),
    Column("name", "项目", aliases=("项目名称", "名称")),
    Column("investor", "投资方"),
    Column("park", "承接地", column_kinds.REGION, aliases=("落户园区", "所在地")),
    Column("total", "总投资", column_kinds.WAN_CNY),
    Column("contract", "合同内资", column_kinds.WAN_CNY, aliases=("合同引资", "协议资金")),
    Column("month_paid", "当月到位内资", column_kinds.WAN_CNY),
    Column("paid", "累计到位内资", column_kinds.WAN_CNY, aliases=("累计到位",)),
    Column("signed_on", "签约日期", column_kinds.DAY, aliases=("签约时间",)),
    Column("starts_in", "预计投产", column_kinds.MONTH),
    Column("stage", "阶段", column_kinds.choice(STAGES, {"已开工": "landed"}), aliases=("进展情况",)),
)
_HEADS = "序号 项目编号 项目名称 投资方名称 组织机构代码 来源地 落户园区 总投资（亿元） 引进内资 _ _ 签约时间 计划投产 进展情况 备注"


def projects_of_a_city() -> bytes:
    """Return a workbook with three title lines, a line of the unit, a head of two merged rows, and a sum."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "6月"
    titles = ("郴州市承接产业转移重大项目情况表", "（2013年1—6月）", "填报单位：郴州市演示局　　填报时间：2013.7.5")
    for row, title in enumerate(titles, start=1):
        sheet.cell(row, 1, title)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=15)
    sheet["N4"] = "单位：万元"
    for column, title in enumerate(_HEADS.split(), start=1):
        sheet.cell(5, column, None if title == "_" else title.replace("（", "\n（"))
        if column not in (9, 10, 11):
            sheet.merge_cells(start_row=5, end_row=6, start_column=column, end_column=column)
    sheet.merge_cells("I5:K5")
    for column, title in ((9, "合同引资"), (10, "6月到位"), (11, "累计到位")):
        sheet.cell(6, column, title)
    first = (
        "演示触控模组项目",
        "郴州演示01光电有限公司",
        "YS000101-0",
        "台湾",
        "郴州市桂阳县",
        1.2,
        "9,600",
        320,
        1240,
    )
    second = ("演示LED封装项目", "郴州演示02照明有限公司", "YS000102-9", "香港", "苏仙", 0.86, 8600, 0, 0)
    third = (
        "演示有色深加工项目",
        "郴州演示03金属有限公司",
        "YS000103-7",
        "广东",
        "桂阳县",
        3.5,
        "3.2亿",
        "1,500",
        18400,
    )
    sheet.append([1, "CZ-0146", *first, "2013.3.18", "2014.2", "已开工", "二期"])
    sheet.append([2, None, *second, "2013年5月8日", "2013年底", "签约"])
    sheet.append([3, "CZ-0032", *third, 41380, "20131230", "投产", "扩产"])
    sheet.append([4, "CZ-0033", *third[:-1], 18400, datetime(2013, 5, 2), None, "落地", "—"])
    sheet.merge_cells("F9:F10")  # 来源地
    sheet.append(["合计", *[None] * 6, "=SUM(H7:H10)", 1716800, 42310])
    sheet.append(["注：本表为快报数"])
    sheet.append(["单位负责人：", None, None, "填表人：张三", None, None, "联系电话：1234"])
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def workbook(*rows: Any, change: Callable[[Any], object] | None = None) -> Spreadsheet:
    """Return a read workbook of one sheet with these rows, after `change` has been made to the sheet."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "表"
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    return read_spreadsheet(saved(book), "表.xlsx")


def csv_file(text: str, *, encoding: str = "utf-8") -> Spreadsheet:
    return read_spreadsheet(text.encode(encoding), "表.csv")
