"""Lists the rows of the city summary with their units and the indicators published from them."""

from __future__ import annotations

from django.db import models

from projects.models import IndicatorCode


class SummaryItem(models.TextChoices):
    """Rows of the city summary sheet in their order, such as 出口总额, each with its row code, such as 02."""

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


MONEY = {
    SummaryItem.TRADE: "万美元",
    SummaryItem.EXPORT: "万美元",
    SummaryItem.IMPORT: "万美元",
    SummaryItem.PROCESSING_EXPORT: "万美元",
    SummaryItem.PROCESSING_IMPORT: "万美元",
    SummaryItem.DOMESTIC_CONTRACTED: "万元",
    SummaryItem.DOMESTIC_PAID_IN: "万元",
    SummaryItem.FOREIGN_CONTRACTED: "万美元",
    SummaryItem.FOREIGN_USED: "万美元",
}
COUNTS = {SummaryItem.UNDERTAKEN: "个", SummaryItem.FORTUNE_500: "家", SummaryItem.JOBS: "人"}
UNITS = {item: (MONEY | COUNTS)[item] for item in SummaryItem}

# Which items are published. The total and the processing-trade rows only control other figures.
PUBLISHED_ITEMS = {
    SummaryItem.EXPORT: IndicatorCode.EXPORT,
    SummaryItem.IMPORT: IndicatorCode.IMPORT,
    SummaryItem.UNDERTAKEN: IndicatorCode.UNDERTAKEN,
    SummaryItem.FORTUNE_500: IndicatorCode.FORTUNE_500,
    SummaryItem.DOMESTIC_CONTRACTED: IndicatorCode.DOMESTIC_CONTRACTED,
    SummaryItem.DOMESTIC_PAID_IN: IndicatorCode.DOMESTIC_PAID_IN,
    SummaryItem.FOREIGN_CONTRACTED: IndicatorCode.FOREIGN_CONTRACTED,
    SummaryItem.FOREIGN_USED: IndicatorCode.FOREIGN_USED,
    SummaryItem.JOBS: IndicatorCode.JOBS,
}
