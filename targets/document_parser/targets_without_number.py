"""Finds targets that demand a rise or fall without stating a number, such as 比重进一步提高."""

from __future__ import annotations

import re

from targets.document_parser import metric_names
from targets.document_parser.parsed_plan_dataclasses import Quantity

_MEASURED = (
    r"(?:额|总量|产量|用量|[\u4e00-\u9fff]量|人次|数|人数|数量|件数|起数|户数|家数|次数|率|比重|占比|比例|之比|"
    r"收入|面积|总值|产值|增加值|规模|密度|浓度|强度|指数|余额|利润|成本|价格|满意度|投资|贷款|支出|税收|进出口|出口|进口|消费|时间|时长|寿命|指标|库存|亏损|负债|排名|位次|水位)"
)
_NOT_MEASURED = re.compile(r"(?:效率|质量|力量|能量|参数|分量|含量|胆量|力度|强度|体量|少数|多数)$")
_HOW = r"(?:(?:均|都|也|要|应|实现|力争|确保|保持|持续|稳步|进一步|逐步|不断|明显|大幅|大幅度|显著|有所|有|有新的|有较大|有明显|较大|较快|平稳|稳定|快速|合理|双双|逐年|继续|稳中|新的|明显的|较大的|一定|幅|幅度|的)){0,5}"
_MOVES = r"(?:只增不减|只减不增|只升不降|只降不升|不增不减|零增长|负增长|正增长|“?双下降”?|“?双降”?|“?双提升”?|“?三下降”?|不反弹|不下降|不上升|不增加|不减少|不降低|有升|有降|有增|提高|提升|增长|增加|扩大|上升|下降|降低|减少|回落|缩小|压降|压减|改观|进位|前移|上新台阶)"
_THAN = r"(?:(?:较|比|与)(?P<than>上届|上年度?|去年|上年同期|去年同期|同期|往年|前届|前年|上一年度?|(?:19|20)\d\d年)(?:相比|同期|同口径)?)?"
_LAST = re.compile(
    rf"(?P<metric>[^，,。；;：:\n（(]{{0,50}}?{_MEASURED}[”]?)(?:上|方面)?(?P<how>{_HOW}{_THAN}{_HOW}{_MOVES})(?=[，,。；;\n）)]|$)"
)
_FIRST = re.compile(
    r"(?:^|[，,。；;：:\n])[^，,。；;：:\n]{0,10}?(?P<how>(?:(?:进一步|稳步|持续|不断|逐步|着力|切实|努力|有效|大幅)?(?:提高|提升|扩大|增加|降低|减少|压减|缩小)))"
    r"(?P<metric>[^，,。；;：:\n\d]{2,40}?(?:比重|占比|比例|覆盖率|普及率|化率|就业率|达标率|[率](?<!效率)|出口额|进口额|销售额|交易额|成交额|收入|产值|增加值))(?=[，,。；;\n]|$)"
)


def find_targets_without_number(text: str, begin: int, excluded: bytearray) -> list[tuple[int, Quantity]]:
    """Return (position, target) for each demand of a rise or fall without a number, such as 比重进一步提高."""
    found: list[tuple[int, Quantity]] = []
    for match in (*_LAST.finditer(text, begin), *_FIRST.finditer(text, begin)):
        words = match["metric"]
        if re.search(r"\d", words) or match.start("how") < begin or match.start("metric") < begin:
            continue
        if _NOT_MEASURED.search(words):
            continue
        for name in _split_metrics(words, bool(re.search("[均都双]", match["how"]))):
            found.append((match.start("how"), Quantity(match["how"], name, "direction")))
    return found


def _split_metrics(words: str, all_of_them: bool) -> list[str]:
    """Split the words before a verb such as 提高 (rise) into metrics, such as 出口额、进口额 into two."""
    bare = metric_names.metric_name_before_number(
        re.sub(r"^.*?(?:力争在|使(?!用)|确保|力争|推动|促进|让|实现)", "", words) or words
    )
    if re.search(r"(?:占|之比|比重|比例)", bare):
        return [bare]
    parts = [part for part in metric_names.SHARE.split(bare) if part]
    counted = all_of_them or all(re.search(f"{_MEASURED}$", part) for part in parts)
    return parts if counted and 1 < len(parts) <= 6 and all(len(part) < 16 for part in parts) else [bare]
