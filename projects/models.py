"""The items of the city summary. Their accepted figures are observations; the register of projects follows."""

from __future__ import annotations

from django.db import models


class Item(models.TextChoices):
    """Rows of the sheet 市州汇总, in its order; the value is the row's code."""

    TRADE = "01", "进出口总额"
    EXPORT = "02", "出口总额"
    IMPORT = "03", "进口总额"
    PROCESSING_EXPORT = "04", "其中：加工贸易出口"
    PROCESSING_IMPORT = "05", "其中：加工贸易进口"
    UNDERTAKEN = "06", "新承接产业转移项目"
    FORTUNE_500 = "07", "其中：世界500强投资企业"
    DOMESTIC_CONTRACTED = "08", "合同引进省外境内资金"
    DOMESTIC_PAID_IN = "09", "实际到位省外境内资金"
    FOREIGN_CONTRACTED = "10", "合同利用外资"
    FOREIGN_USED = "11", "实际使用外资"
    JOBS = "12", "新增就业"


class Measure(models.TextChoices):
    """Codes of the indicators that acceptance writes."""

    EXPORT = "projects.export_total", "出口总额"
    IMPORT = "projects.import_total", "进口总额"
    UNDERTAKEN = "projects.undertaken_projects", "新承接产业转移项目"
    FORTUNE_500 = "projects.fortune_500", "引进世界500强企业"
    DOMESTIC_CONTRACTED = "projects.domestic_contracted", "合同引进省外境内资金"
    DOMESTIC_PAID_IN = "projects.domestic_paid_in", "实际到位省外境内资金"
    FOREIGN_CONTRACTED = "projects.foreign_contracted", "合同利用外资"
    FOREIGN_USED = "projects.foreign_used", "实际使用外资"
    JOBS = "projects.jobs", "新增就业"


MONEY = {
    Item.TRADE: "万美元",
    Item.EXPORT: "万美元",
    Item.IMPORT: "万美元",
    Item.PROCESSING_EXPORT: "万美元",
    Item.PROCESSING_IMPORT: "万美元",
    Item.DOMESTIC_CONTRACTED: "万元",
    Item.DOMESTIC_PAID_IN: "万元",
    Item.FOREIGN_CONTRACTED: "万美元",
    Item.FOREIGN_USED: "万美元",
}
COUNTED = {Item.UNDERTAKEN: "个", Item.FORTUNE_500: "家", Item.JOBS: "人"}
UNITS = {item: (MONEY | COUNTED)[item] for item in Item}

# Which items are published. The total and the processing-trade rows only control other figures.
MEASURED = {
    Item.EXPORT: Measure.EXPORT,
    Item.IMPORT: Measure.IMPORT,
    Item.UNDERTAKEN: Measure.UNDERTAKEN,
    Item.FORTUNE_500: Measure.FORTUNE_500,
    Item.DOMESTIC_CONTRACTED: Measure.DOMESTIC_CONTRACTED,
    Item.DOMESTIC_PAID_IN: Measure.DOMESTIC_PAID_IN,
    Item.FOREIGN_CONTRACTED: Measure.FOREIGN_CONTRACTED,
    Item.FOREIGN_USED: Measure.FOREIGN_USED,
    Item.JOBS: Measure.JOBS,
}
