"""Recognises numbers that are not quantities, such as those in names, thresholds and idioms."""

from __future__ import annotations

import re

from targets.document_parser.numbers_in_text import Figure

# Nothing within these is looked at.
_CLOSED = re.compile(
    r"《[^《》]{0,80}》|〔[^〔〕]{0,12}〕(?:第?\s*\d+\s*号)?|GB/?T?\s?[\d.]+(?:-\d{4})?|[A-Z]{2,5}(?:/[A-Z]{1,2})?\s?\d[\d.\-—]*"
    r"|(?<!\d)0\d{2,3}\s?[-－—]\s?\d{7,8}|(?<!\d)1\d{10}(?!\d)|\d{1,2}[:：]\d{2}|第\s*[\d一二三四五六七八九十百]+(?:[-—、至到]第?[\d一二三四五六七八九十百]+)?\s?[\u4e00-\u9fff]?"
    r"|\d+(?:\.\d+)?[‰%](?=人口|抽样)|\d+\s?(?:千伏|伏|kV|KV)|\d{4,6}(?=平台|热线|客服)|\d+\s?强|[前后]\s?\d+\s?[位名强]|\d+\s?号(?!召)|[A-Za-z]\d+[A-Za-z]?|\d+[A-Za-z](?![A-Za-z/])|\d+\+|\d+＋"
    r"|\d{1,2}\s?小时(?:备勤|轮值|值班|值守|不间断|在线|响应|应急|服务|开放)|近\d+年|\d+\s?周年|[“‘][^”’]{0,40}[”’]"
)
_EVERY = re.compile(r"每(?:年度?|个?季度?|个?月|周|半年|学期|学年|天|日|旬|两年|\d+年)[^，,。；;]{0,14}$")
_EVERY_UNIT = frozenset({"次", "班", "期", "场", "轮", "回", "趟", "遍"})
_THRESHOLD_UNIT = re.compile(
    r"元|人|亩|平方|吨|公里|米|年|个月|天|小时|岁|%|‰|级|度|千瓦|家|户|个|名|张|床|公顷|立方|万|亿"
)
_THRESHOLD_BEFORE = re.compile(r"(?:满|凡|超过?|达到?|不足|每|人均收入低于)$")
_OPENS_SET = re.compile(r"(?:^|[，,。；;、（(])(?:凡|对于?|将|把|其中|以及|和|与)?[^，,。；;]*$")
_COUNT = re.compile(r"\d\s?[余多]?[万亿]?(?:个|家|户|名|人|所|座|项|条|件|辆|台|处|村|只|支|批)")
_ATTRIBUTE = re.compile(
    r"\s*(?:以上|及以上|以下|及以下|以内|左右)?(?:的|级)?(?=[\u4e00-\u9fff（(“])(?!和|及|与|并|，|、|其中|分别|增长|同比|任务|标准|目标|以上|以下|以内|左右|的目标|的任务|的标准)"
)
_HAN_EMPTY = re.compile(r"[批些定般系律致直线张片对把级面边户企村人镇县]")
_MAKES = "新建|建成|建设|兴建|改建|扩建|改扩建|续建|改造|引进|培育|创建|组建|设立|开设|开办|举办|召开|承办|组织|新增|选派|选聘|招聘|引入|建|办|完成|实施|打造|开通|申报|争创|争取|创成|命名|评选|推出|征集|开展|达到|不少于|至少|不低于|购置|增设|开工|投产|签约|落地|修建|启动|配备|撤并|关停|淘汰|取缔|拆除|整合|合并|清退|新|增加"
_MADE = re.compile(rf"(?:{_MAKES})[^，,。；;、]{{0,20}}$")
_MADE_HERE = re.compile(rf"(?:{_MAKES})$")


def mask_excluded_text(text: str) -> bytearray:
    """Return one byte per character of a text: 1 where numbers are ignored, such as in titles in 《》, else 0."""
    mask = bytearray(len(text))
    for match in _CLOSED.finditer(text):
        begin, end = match.span()
        mask[begin:end] = b"\1" * (end - begin)
    return mask


def is_frequency(clause_before: str, figure: Figure) -> bool:
    """Return whether a number states how often something is done, as in 每季度至少开展1次."""
    return figure.unit in _EVERY_UNIT and bool(_EVERY.search(clause_before))


def is_threshold(before: str, after: str, figure: Figure) -> bool:
    """Return whether a number only limits which things are counted, as in 投资额5亿元以上的项目."""
    if figure.op == "range" and not after.startswith(("的", "以上")):
        return False
    if figure.unit is None:
        return False
    if figure.suffixed and after.startswith("的") and _has_counting_unit(figure):
        return not has_creating_verb(before)
    if re.match(r"或[^，。；]{0,16}以上的", after):
        return True
    if figure.unit == "次" and re.match(r"[\u4e00-\u9fff]{0,6}的", after):
        return True
    if re.search(r"每[\u4e00-\u9fff]{1,4}$", before) and re.match(
        r"(?:以上)?(?:的)?(?:标准|补贴|补助|奖励|给予|资助|奖补)", after
    ):
        return True
    if (
        re.search(r"(?:满|凡|凡是)$", before)
        or (figure.suffixed and re.search(r"^对于?$", before))
        or (_THRESHOLD_BEFORE.search(before) and after.startswith("的"))
    ):
        return True
    attribute = _ATTRIBUTE.match(after)
    if attribute is None or not _THRESHOLD_UNIT.search(figure.unit):
        return False
    described = after[attribute.end() :]
    if figure.suffixed and _has_counting_unit(figure):
        # 10家以上知名机构 counts; 56人以上大班额60个 describes
        return bool(_COUNT.search(_first_phrase(described)))
    if figure.suffixed or attribute[0].strip() in ("的", "级"):
        if _COUNT.search(before[-20:]) and not figure.suffixed:
            return True
        return not _has_counting_unit(figure) or bool(_COUNT.search(_first_phrase(described)))
    return False


def _has_counting_unit(figure: Figure) -> bool:
    """Return whether the number's unit is a counting word such as 个 or 家."""
    return (figure.unit or "").lstrip("万亿千百十") in {
        "个", "家", "所", "座", "项", "条", "件", "处", "场", "期", "批", "次", "名", "户", "支", "台", "辆", "套", "人", "村", "篇", "部", "种", "类", "批次", "场次", "家次", "人次", "例", "份", "宗", "只", "头", "株", "棵", "羽",
    }  # fmt: skip


def _first_phrase(text: str) -> str:
    """Return the text up to the first punctuation mark, at most 30 characters."""
    return re.split("[，,。；;]", text, maxsplit=1)[0][:30]


_CONCRETE = frozenset(
    {"所", "座", "栋", "幢", "家", "辆", "台", "场", "套", "间", "名", "支", "处", "亩", "册", "部", "公里"}
)


def is_figure_of_speech(before: str, after: str, figure: Figure) -> bool:
    """Return whether a Chinese numeral is only an idiom and counts nothing, as in 一批."""
    if not figure.han or figure.prefixed:
        return False
    one = rf"一{figure.unit}"
    if figure.value == 1 and (re.search(rf"{one}.{{1,4}}$", before) or re.match(rf".{{0,5}}{one}", after)):
        return True  # 成熟一家、申报一家
    if figure.unit == "期" and (figure.value == 1 or re.match(r"[\u4e00-\u9fff]", after)):  # 二期工程
        return True
    if figure.value != 1 and figure.unit in _CONCRETE:
        return False
    if figure.value == 1:
        if figure.unit in (
            "批",
            "次",
            "点",
            "张",
            "面",
            "级",
            "类",
            "片",
            "对",
            "户",
            "家",
            "村",
            "人",
            "项",
            "条",
            "件",
            "县",
            "镇",
            "乡",
            "站",
            "门",
            "体",
            "种",
            "层",
            "位",
            "周",
            "天",
            "度",
            "区",
            "市",
            "口",
            "份",
            "块",
            "支",
            "单",
            "组",
            "团",
            "盘",
            "棵",
            "成",
            "番",
            "月",
            "名",
        ) and not _MADE_HERE.search(before):
            return True
        return not (_MADE_HERE.search(before) or (_MADE.search(before) and not re.match(r"[\u4e00-\u9fff]", after)))
    if re.match(r"[\u4e00-\u9fff]", after) and not _MADE_HERE.search(before):
        return True
    return not (_MADE.search(before) or figure.prefixed)


def has_creating_verb(words: str) -> bool:
    """Return whether a text contains a verb of creating, such as 新建 or 引进."""
    return bool(re.search(_BRINGS, words))


_BRINGS = "新建|建成|兴建|改建|扩建|改造|引进|培育|创建|组建|设立|开设|举办|召开|承办|新增|选派|选聘|招聘|打造|争创|创成|推出|征集|购置|配备|撤并|关停"
