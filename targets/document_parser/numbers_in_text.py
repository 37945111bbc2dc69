"""Finds numbers and ranges in a text, with units and with qualifiers such as 以上 (or more)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from targets.document_parser.numerals import parse_arabic_or_chinese_number, to_half_width

_NUMBER = r"(?:(?<![\d.])\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,8})?|(?<![\d.])\d{1,15}(?:\.\d{1,8})?(?!\d))"
_HAN = r"[一二两三四五六七八九十百千]{1,6}"
_MULTIPLE = r"(?:[十百千]?(?:万亿|[万亿])|[百千](?=[\u4e00-\u9fff]))"
_WORDS = (
    "个百分点|百分点|个工作日|工作日|个自然日|个月|个小时|个学时|个课时|个点|微克/立方米|微克每立方米|毫克/升|毫克/立方米|吨标准煤|千瓦时|平方公里|平方千米|平方米"
    "|立方米|立方|公顷|公里|千米|海里|厘米|毫米|兆瓦|千瓦|美元|欧元|港元|日元|人民币|元|人次|人天|户次|家次|车次|辆次|台次|架次|班次|场次|批次|次|"
    "标箱|标准箱|TEU|吨公里|吨|公斤|千克|斤|毫克|克|米|亩次|亩|台套|台（套）|台|套|辆|架|艘|名|人|位|户|家|个|项|件|条|所|座|处|场|期|批|份|例|张|床|支|只|头|羽|株|棵|本|部|篇|"
    "册|种|类|片|块|间|栋|幢|班|小时|分钟|秒|天|日|周|岁|学时|课时|学分|度|倍|番|成|分|级|组|队|门|节|堂|面|口|眼|宗|起|笔|单|团|站|村|镇|乡|县|市|省|区|"
    "枚|列次|列|册次|条次|台班|工日|床日|诊次|例次|针次|针|剂次|剂|航次|艘次|车皮|标段|编组|曲|集|讲|课|幕|出|折|届次|套次|件次|袋|桶|颗|粒|束|卷|匹|尾|孔|眼井|井|窝|扇|尊|枝|副|帖|味|兵|枪|学员|千伏|伏|街道|社区|桩|箱|升|瓶|亩地|点|盏|根|对|盘|首|幅|款|票|单位|党组织|支部|学位|床位|岗位|车位|蹲位|泊位|轮|趟|遍|角|杯|名额|GB|TB|兆|M|G|kW|MW|km|kg"
)
_UNITS = "|".join(sorted(_WORDS.split("|"), key=len, reverse=True))
_PER = r"(?:/(?:\d*[百千万亿]?(?:人|户|亩|年|月|天|日|小时|平方米|平方公里|立方米|公里|吨|家|个|人年|人次|标箱|标准箱|箱|车|次|千瓦时|万元|户次|床日|例)|10万))?"
_FIGURE = re.compile(
    rf"(?P<low>{_NUMBER})[ \u3000]?(?P<unit_low>%|‰|{_MULTIPLE}?(?:{_UNITS})|{_MULTIPLE})?\s*(?:-|—{{1,2}}|–|~|～|至|到(?!\d{{4}}年))\s*(?P<high>{_NUMBER})\s?(?P<unit_high>%|‰|{_MULTIPLE}?(?:{_UNITS}){_PER})"
    rf"|(?P<value>{_NUMBER})[ \u3000]?(?P<more>余|多)?(?P<unit>%|‰|/10万|/万|{_MULTIPLE}?(?P<more2>余|多)?(?:{_UNITS}){_PER}(?:[（(][\u4e00-\u9fff]{{1,2}}[）)])?|{_MULTIPLE}|(?=以上|以下|以内|左右)|[\u4e00-\u9fff](?<![年月日号时点期届强级版世代线路岁折环之的地得是为和与或及在第等多余来几])(?=[，。；、,;]|以上|左右|$))"
    rf"|(?:(?<=达到)|(?<=[高升低少加大降]到)|(?<=[降增]至)|(?<=[低高]于)|(?<=控制在)|(?<=保持在)|(?<=超过)|(?<=稳定在))\s?(?P<index>{_NUMBER})(?=[，。；、,;）]|$)"
    rf"|(?<![一二两三四五六七八九十百千第每逐])(?P<han>{_HAN})(?P<more3>余|多)?(?P<han_unit>[万亿]?(?!级|镇|乡|区|市|县|站|点|村|成|省|度|分|面|米|角|根|口|周|日|天|年|组|队|门|节|站)(?:{_UNITS}))"
    rf"|(?P<doubling>翻(?P<times>{_HAN})番|翻番)"
    r"|(?P<percent>百分之(?P<percent_value>[一二三四五六七八九十百点零]{1,7}))"
)
_AFTER = re.compile(r"\s*(?P<word>及其?以上|以上|或以上|及以上|以内|之内|以下|及以下|左右|上下(?!游)|之间)")
_BEFORE = (
    (re.compile(r"(?:不低于|不少于|不小于|不下于|至少(?:[\u4e00-\u9fff]{1,6})?|最低|高于或等于|≥)\s*$"), "≥"),
    (
        re.compile(
            r"(?:不超过|不高于|不多于|不大于|不突破|不得超过|不得高于|最多|最高|最长|控制在|控制到|严控在|压缩至|压减至|压缩到|≤)\s*$"
        ),
        "≤",
    ),
    (re.compile(r"(?:超过|突破|多于|高于|大于|超出|跨过|超|>|逾)\s*$"), ">"),
    (re.compile(r"(?:低于|少于|不到|小于|不足|<)\s*$"), "<"),
    (re.compile(r"(?:大约|约|约为|近|将近|接近)\s*$"), "≈"),
)
_LOOK_BACK = 14


@dataclass(frozen=True)
class Figure:
    """A number or range in a text, with its unit, its position and words such as 以上 (or more).

    `place`–`until` span the qualifiers too, `begin`–`end` only the number with its unit.
    """

    place: int
    until: int
    begin: int
    end: int
    op: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: str | None
    han: bool = False
    prefixed: str = ""  # the qualifier before it
    suffixed: str = ""


def find_numbers_with_units(text: str) -> list[Figure]:
    """Return the numbers and ranges in a text with their units, such as 75亿美元, in text order."""
    plain = to_half_width(text)
    found: list[Figure] = []
    for match in _FIGURE.finditer(plain):
        figure = _make_figure(plain, match)
        if figure is not None:
            found.append(figure)
    return found


def _make_figure(plain: str, match: re.Match[str]) -> Figure | None:
    """Convert a regex match to a `Figure` (a number with its unit), or return None if it is not a number."""
    groups = match.groupdict()
    value = low = high = None
    op = "="
    try:
        if groups["low"]:
            low, high = parse_arabic_or_chinese_number(groups["low"]), parse_arabic_or_chinese_number(groups["high"])
            unit = groups["unit_high"]
            if low >= high and not groups["unit_low"]:
                return None
            op = "range"
        elif groups["value"]:
            value, unit = parse_arabic_or_chinese_number(groups["value"]), groups["unit"]
        elif groups["han"]:
            value, unit = parse_arabic_or_chinese_number(groups["han"]), groups["han_unit"]
        elif groups["index"]:
            value, unit = parse_arabic_or_chinese_number(groups["index"]), ""
        elif groups["percent"]:
            value, unit = _parse_chinese_percent(groups["percent_value"]), "%"
        else:
            value, unit = parse_arabic_or_chinese_number(groups["times"] or "一"), "番"
    except ValueError:
        return None
    begin, end = match.start() + len(match[0]) - len(match[0].lstrip()), match.end()
    before = plain[max(0, begin - _LOOK_BACK) : begin]
    prefixed = ""
    for pattern, sign in _BEFORE:
        if hit := pattern.search(before):
            prefixed = hit[0]
            op = op if op == "range" else sign
            break
    place = begin - len(prefixed)
    after = _AFTER.match(plain, end)
    until = after.end() if after else end
    word = after["word"] if after else ""
    if op != "range":
        if word.endswith("以上"):
            op = "≥"
        elif word in ("以内", "之内", "以下", "及以下"):
            op = "≤"
        elif word in ("左右", "上下"):
            op = "≈"
        elif groups["more"] or groups["more2"] or groups["more3"]:
            op = ">"
    unit = unit.replace("余", "").replace("多", "")
    return Figure(place, until, begin, end, op, value, low, high, unit or None, bool(groups["han"]), prefixed, word)


def _parse_chinese_percent(words: str) -> Decimal:
    """Parse the Chinese numeral of a percentage: 三点五 of 百分之三点五 as 3.5."""
    whole, _, part = words.partition("点")
    value = parse_arabic_or_chinese_number(whole)
    return (
        value + Decimal("0." + "".join(str(parse_arabic_or_chinese_number(sign)) for sign in part)) if part else value
    )
