"""Breaks titles and column headings into lines at whole Chinese words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import combinations, pairwise

LINE_EMS = 19.0  # 156 mm of 2号 characters are 20; digits of some faces are wide
# Title words of this kind of document. Longest match wins; what is not listed may still be broken, at a price.
_WORDS = frozenset(
    [
        "关于",
        "印发",
        "转发",
        "下达",
        "做好",
        "加快",
        "进一步",
        "推进",
        "促进",
        "加强",
        "开展",
        "召开",
        "公布",
        "报送",
        "调整",
        "完善",
        "建立",
        "落实",
        "全省",
        "全市",
        "全国",
        "湖南省",
        "各市州",
        "市州",
        "县市区",
        "湘南",
        "湘南三市",
        "长株潭",
        "大湘西",
        "环洞庭湖",
        "商务",
        "商务厅",
        "招商",
        "经济合作",
        "承接产业转移",
        "产业转移",
        "承接",
        "加工贸易",
        "加工贸易进出口",
        "进出口",
        "进口",
        "出口",
        "对外贸易",
        "外商直接投资",
        "外资",
        "内资",
        "到位资金",
        "合同引资",
        "招商引资",
        "重点",
        "重大",
        "项目",
        "企业",
        "园区",
        "开发区",
        "标准厂房",
        "综合保税区",
        "平台",
        "产业",
        "基地",
        "示范园区",
        "重点县",
        "情况",
        "工作",
        "工作要点",
        "工作任务",
        "工作方案",
        "实施方案",
        "年度",
        "季度",
        "月度",
        "上半年",
        "前三季度",
        "全年",
        "目标",
        "任务",
        "目标任务",
        "完成",
        "进度",
        "进展",
        "运行",
        "调度",
        "考核",
        "评估",
        "评价",
        "结果",
        "排名",
        "报送",
        "月报",
        "统计",
        "分析",
        "汇总表",
        "情况表",
        "明细表",
        "一览表",
        "表扬",
        "约谈",
        "单位",
        "名单",
        "当月",
        "累计",
        "同比",
        "环比",
        "增长",
        "增幅",
        "总量",
        "占比",
        "完成率",
        "序时进度",
        "与序时",
        "进度差",
        "市州名称",
        "项目名称",
        "个数",
        "金额",
        "亿元",
        "万美元",
        "通报",
        "通知",
        "意见",
        "报告",
        "请示",
        "批复",
        "函",
        "纪要",
        "会议",
        "联席会议",
        "活动",
        "签约",
        "履约",
        "长沙",
        "株洲",
        "湘潭",
        "衡阳",
        "邵阳",
        "岳阳",
        "常德",
        "张家界",
        "益阳",
        "郴州",
        "永州",
        "怀化",
        "娄底",
        "湘西自治州",
        "湘西",
    ]
)
_LONGEST = max(map(len, _WORDS))
# A date or number with its unit stays whole: 2013年1-5月, 第6期, 5/12.
_NUMBER = re.compile(r"[0-9A-Za-z第〔][0-9A-Za-z.,%/〔〕\-—~～]*(?:[年月日期号个家次批](?:[0-9\-—~～]+[年月日期号])*)?")
_NEVER_FIRST = set("的等了、，。；：）》”〕)")  # never first on a line
_NEVER_LAST = set("和与及或对在把将为以从《（“〔(")  # never last on a line
_PHRASE_END = 0.0
_WORD_END = 5.0
_INSIDE_WORD = 30.0


@lru_cache(maxsize=512)
def break_title(title: str) -> tuple[str, ...]:
    """Break a title between words into lines of similar width, none wider than 19 Chinese characters."""
    title = title.strip()
    if text_width(title) <= LINE_EMS:
        return (title,) if title else ()
    words = _split_words(title)
    fewest = -int(-text_width(title) // LINE_EMS)
    return (
        _best_lines(words, fewest, LINE_EMS)
        or _best_lines(words, fewest + 1, LINE_EMS)
        or _cut_at_width(title, LINE_EMS)
    )


@lru_cache(maxsize=512)
def break_column_head(head: str, ems: float, most: int = 3) -> tuple[str, ...]:
    """Break a table column's heading between words into at most `most` lines, each about `ems` wide.

    Where nothing fits, the lines are wider.
    """
    if text_width(head) <= max(ems, 3.0):
        return (head,)
    broken: tuple[str, ...] = (head,)
    for lines in range(2, most + 1):
        broken = _best_lines(_split_words(head), lines, LINE_EMS) or broken
        if max(map(text_width, broken)) <= max(ems, 3.0):
            break
    return broken


def _best_lines(words: tuple[str, ...], lines: int, ems: float) -> tuple[str, ...]:
    if len(words) > 40:  # not a title any more; do not search
        return ()
    candidates = []
    for cuts in combinations(range(1, len(words)), lines - 1):
        edges = (0, *cuts, len(words))
        parts = tuple("".join(words[a:b]) for a, b in pairwise(edges))
        widths = [text_width(part) for part in parts]
        if max(widths) <= ems:
            price = sum(_break_cost(words[cut - 1], words[cut]) for cut in cuts)
            candidates.append((price + _unevenness(widths), parts))
    return min(candidates)[1] if candidates else ()


def _unevenness(widths: list[float]) -> float:
    mean = sum(widths) / len(widths)
    spread = sum((w - mean) ** 2 for w in widths) / len(widths)
    hourglass = len(widths) > 2 and min(widths[1:-1]) < min(widths[0], widths[-1])
    return spread + (20 if hourglass else 0)


def _break_cost(before: str, after: str) -> float:
    if after[0] in _NEVER_FIRST or before[-1] in _NEVER_LAST:
        return _INSIDE_WORD
    if after[0] in _NEVER_LAST or before[-1] in _NEVER_FIRST:
        return _PHRASE_END
    known = all(word in _WORDS or _NUMBER.fullmatch(word) for word in (before, after))
    return _WORD_END if known else _INSIDE_WORD


def _split_words(title: str) -> tuple[str, ...]:
    words: list[str] = []
    place = 0
    while place < len(title):
        number = _NUMBER.match(title, place)
        length = (
            number.end() - place
            if number
            else next(
                (
                    size
                    for size in range(min(_LONGEST, len(title) - place), 1, -1)
                    if title[place : place + size] in _WORDS
                ),
                1,
            )
        )
        words.append(title[place : place + length])
        place += length
    return tuple(words)


def _cut_at_width(title: str, ems: float) -> tuple[str, ...]:
    lines, line = [], ""
    for character in title:
        if text_width(line + character) > ems:
            lines.append(line)
            line = ""
        line += character
    return (*lines, line)


class _CharacterWidths(dict[str, float]):
    """A dict from character to its estimated width in ems, which computes a missing width on first use."""

    def __missing__(self, character: str) -> float:
        if unicodedata.east_asian_width(character) in "WFA":
            ems = 1.0
        else:
            ems = 0.34 if character in ".,:;'|! " else 0.64
        self[character] = ems
        return ems


_character_width = _CharacterWidths().__getitem__


def text_width(text: str) -> float:
    """Return the estimated width of a text in ems, where a full-width character is 1 em wide.

    The estimate is on the wide side.
    """
    return sum(map(_character_width, text))
