"""Finds the words in a text that say what a number counts or measures (its metric)."""

from __future__ import annotations

import re

# What stands between the thing and its figure: verbs and adverbs, longest first.
_TAIL = re.compile(
    r"(?:\s|均|都|分别|各|要|应|须|需|将|力争|争取|确保|保证|努力|预计|计划|累计|总计|合计|共计|共|达到?|实现|完成|保持在?|稳定在|维持在|控制在|控制到|严控在|压减至|压缩[到至]|降低?[到至]|下降[到至]|"
    r"提高[到至]|提升[到至]|增加?[到至]|增长[到至]|扩大[到至]|扩充[到至]|上升[到至]|发展[到至]|恢复[到至]|调整[到至]|精简[到至]|突破|超过|高于|低于|不低于|不少于|不超过|不高于|不小于|不大于|至少|最多|约为?|"
    r"大约|接近|近|为|是|在|以|有|到|至|由|从|即|按|比重为|逾|仅为?|同比|比上年|较上年|比去年|较去年|年均|增长|增幅|增速|下降|降低|减少|增加|提高|提升|上升|压减|压缩|新增(?=$)|净增(?=$)|左右|也|再|还|就|以(?:去年|上年|(?:19|20)\d\d年)|(?:以)?(?:实际|预计)?完成的|实际|(?:较(?![大重高快多长好])|(?<!占)比(?![重例率值赛武拼选照])|与)[^，,。；、]{1,8}?(?:相比|同期)?)+$"
)
_HEAD = re.compile(
    r"^(?:\s|其中|并|且|和|及|与|以及|同时|力争|争取|确保|努力|全年|今年|年内|全部|使(?!用)|让|将|把|对(?![外口接标])|要(?!素)|再(?!生|就)|即|包括|预计|计划|、|，|,|：|:)+"
)
_VERBS = (
    "建设改造|提质改造|新建|改扩建|扩建|建设|建成|改造|新增|引进|培育|承接|举办|召开|组织|组建|设立|开展|完成|实现|推广|选派|招聘|发放|安排|投入|发展|打造|创建|争创|争取|培训|培养|支持|推动|"
    "征集|认定|签约|盘活|协调解决|解决|撬动|带动|吸引|开工|投产|化解|落实|实施|购置|发行|出台|推出|命名|评选|选聘|公开选聘|公开招聘|新认定|新组建|新培育|新引进|新签约|新注册|接待|走访|办理|查处|抽检|整治|修复|清退|注销|规范提升|新设|增设"
)
_LEADING_VERB = re.compile(rf"^(?:{_VERBS})(?=[\u4e00-\u9fff“（(《]{{2,}})")
_NOUN = re.compile(r"[\u4e00-\u9fffA-Za-z“”‘’《》/%·\-（）()]+")
_FOLLOWS = re.compile(
    r"^(?:的|级)?(?P<noun>[\u4e00-\u9fffA-Za-z“”‘’/·《》]+(?:\d[\d.]*[万亿]?[\u4e00-\u9fff]{1,4}(?:以上|以下|以内)的?[\u4e00-\u9fff]+)?(?:[（(][\u4e00-\u9fff]{1,12}[）)][\u4e00-\u9fff]*)?)"
)
_NO_NOUN = re.compile(
    r"^(?:以上|以下|以内|左右|上下(?!游)|和|及|与|并|且|同比|增长|增加|下降|降低|提高|提升|其中|分别|较|比|用于|开展|组织|进行|实施|落实|建成|完成|达到|实现|占|为|的基础|的目标|的任务|的标准|的要求|内|前|后|时|到|至|任务|目标|实行|以|于|在(?![谈建校园册岗孵库产读职保研管])|由|按(?!揭)|不(?!良|动)|要(?!素)|全部|均|都|各)"
)
SHARE = re.compile(r"以及|、|和(?![解谐平美睦])|及(?!时|其|格)|(?<!参)与")


def metric_name_before_number(words: str) -> str:
    """Return what a number measures, taken from the words before it: 全省进出口额 from 全年全省进出口额达到."""
    bare = _HEAD.sub("", _TAIL.sub("", words.strip(" 　：:")))
    bare = re.sub(r"^[^，,。；]{0,12}?(?:把|将|使(?!用)|对)(?=[\u4e00-\u9fff]{2,})", "", bare)
    shorter = _LEADING_VERB.sub("", bare)
    return shorter if len(shorter) > 1 else bare


_ONLY_VERBS = re.compile(rf"(?:{_VERBS}|关闭|退出|淘汰|拆除|清理|累计|完成|新增|其中|约)+")


def consists_of_verbs(words: str) -> bool:
    """Return whether words are only verbs, such as 关闭退出, and so do not say what a number measures."""
    return bool(_ONLY_VERBS.fullmatch(words))


def metric_name_after_number(words: str) -> str:
    """Return what a number counts, taken from the words after it: 重大项目建设 after 92个; "" if they name nothing."""
    if _NO_NOUN.match(words):
        return ""
    found = _FOLLOWS.match(words)
    return _AFTER_NOUN.sub("", found["noun"].strip("”")) if found else ""


_AFTER_NOUN = re.compile(
    r"(?:[和及与]|的(?:协调)?(?:服务|集聚|协调|带动|建设|对接|联系|支持|跟踪|培育|引导|示范)[\u4e00-\u9fff]{0,6})$"
)


def split_listed_metrics(words: str, wanted: int | None) -> list[str]:
    """Split words before 分别 (respectively) into metrics, such as 履约率、开工率分别 into 履约率 and 开工率."""
    bare = metric_name_before_number(words)
    parts = [part for part in SHARE.split(bare) if part]
    if wanted is None:
        return parts if 1 < len(parts) <= 8 else [bare]
    if len(parts) == wanted:
        return parts
    listed = [part for part in bare.split("、") if part]
    if len(listed) == wanted:
        return listed
    if len(parts) > wanted:
        return parts[-wanted:]
    return []
