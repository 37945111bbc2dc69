"""Declares the indicators that come from the city summary.

Domestic and foreign capital are never summed.
"""

from hunan_trade.indicators.computed_values import CNY, FIRMS, PEOPLE, PROJECTS, USD
from hunan_trade.indicators.registry import Indicator, Source
from projects.models import IndicatorCode

_COUNTED = (Source.RETURN, Source.REGISTER)  # cities report the number, and the register can count it
_TRADE = (Source.CUSTOMS, Source.RETURN)
EXPORT = Indicator(IndicatorCode.EXPORT.value, "出口总额", USD, "全部贸易方式的货物出口额，美元。", _TRADE)
IMPORT = Indicator(IndicatorCode.IMPORT.value, "进口总额", USD, "全部贸易方式的货物进口额，美元。", _TRADE)
TRADE = Indicator(
    "projects.trade_total", "进出口总额", USD, "出口总额与进口总额之和。", _TRADE, parts=(EXPORT.code, IMPORT.code)
)
INDICATORS = (
    EXPORT,
    IMPORT,
    TRADE,
    Indicator(
        IndicatorCode.UNDERTAKEN.value,
        "承接产业转移项目",
        PROJECTS,
        "当月新签约的承接产业转移项目数；增资不另计项目。",
        switchable=_COUNTED,
    ),
    Indicator(
        IndicatorCode.FORTUNE_500.value,
        "引进世界500强企业",
        FIRMS,
        "当月新承接项目中世界500强投资的企业数。",
        switchable=_COUNTED,
    ),
    Indicator(
        IndicatorCode.DOMESTIC_CONTRACTED.value, "合同引进省外境内资金", CNY, "当月新签合同中省外境内资金额，元。"
    ),
    Indicator(IndicatorCode.DOMESTIC_PAID_IN.value, "实际到位省外境内资金", CNY, "当月实际到位的省外境内资金额，元。"),
    Indicator(IndicatorCode.FOREIGN_CONTRACTED.value, "合同利用外资", USD, "当月新签合同外资额，美元。"),
    Indicator(IndicatorCode.FOREIGN_USED.value, "实际使用外资", USD, "当月实际使用外资额，美元。"),
    Indicator(IndicatorCode.JOBS.value, "新增就业", PEOPLE, "当月承接项目新增就业人数。"),
)
