"""Declares the indicators of processing trade."""

from functools import partial

from enterprises import queries
from enterprises.models import IndicatorCode
from hunan_trade.indicators.computed_values import FIRMS, USD
from hunan_trade.indicators.registry import Indicator, Source
from hunan_trade.quantities import YI

_PUBLISHED = (Source.CUSTOMS, Source.RETURN)  # customs is official; until it is loaded the return is 快报
EXPORT = Indicator(IndicatorCode.EXPORT.value, "加工贸易出口", USD, "来料加工与进料加工货物出口额，美元。", _PUBLISHED)
IMPORT = Indicator(IndicatorCode.IMPORT.value, "加工贸易进口", USD, "来料加工与进料加工货物进口额，美元。", _PUBLISHED)
TOTAL = Indicator(
    "enterprises.processing_trade_total",
    "加工贸易进出口",
    USD,
    "加工贸易出口与进口之和。",
    _PUBLISHED,
    parts=(EXPORT.code, IMPORT.code),
)
ABOVE_100M = Indicator(
    "enterprises.above_100m_usd",
    "加工贸易进出口过亿美元企业",
    FIRMS,
    "本年累计加工贸易进出口超过1亿美元的企业数。",
    measure=partial(queries.count_enterprises_above, threshold=YI),
    version_tables=queries.VERSION_TABLES,
)
ABOVE_1500M = Indicator(
    "enterprises.above_1500m_usd",
    "加工贸易进出口过15亿美元企业",
    FIRMS,
    "本年累计加工贸易进出口超过15亿美元的企业数。",
    measure=partial(queries.count_enterprises_above, threshold=15 * YI),
    version_tables=queries.VERSION_TABLES,
)
INDICATORS = (EXPORT, IMPORT, TOTAL, ABOVE_100M, ABOVE_1500M)
