"""Tables of the register of projects."""

from __future__ import annotations

from django.db import models


class IndicatorCode(models.TextChoices):
    """Codes of the indicators whose amounts come from an accepted city summary."""

    EXPORT = "projects.export_total", "出口总额"
    IMPORT = "projects.import_total", "进口总额"
    UNDERTAKEN = "projects.undertaken_projects", "新承接产业转移项目"
    FORTUNE_500 = "projects.fortune_500", "引进世界500强企业"
    DOMESTIC_CONTRACTED = "projects.domestic_contracted", "合同引进省外境内资金"
    DOMESTIC_PAID_IN = "projects.domestic_paid_in", "实际到位省外境内资金"
    FOREIGN_CONTRACTED = "projects.foreign_contracted", "合同利用外资"
    FOREIGN_USED = "projects.foreign_used", "实际使用外资"
    JOBS = "projects.jobs", "新增就业"
