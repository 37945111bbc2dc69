"""Recognises numbers that count existing things and are not targets, as in 现有92个项目."""

from __future__ import annotations

import re

from targets.document_parser import metric_names, numbers_that_are_not_quantities
from targets.document_parser.numbers_with_context import LISTED, FigureInContext, counts_things_listed_before
from targets.document_parser.numerals import parse_arabic_or_chinese_number
from targets.document_parser.parsed_plan_dataclasses import Quantity

_ROSTER_NEXT = re.compile(
    r"(?:全[省市县区州乡镇国]|城区|现有?|已有|原有|剩余|其余|首批|第[一二三四五]批|上述|以下|尚存|结转的?|确定的|交办的|反馈的|排查的|列入[\u4e00-\u9fff]{1,10}的|已有的|辖内|辖区|区内|境内)$"
)
_ROSTER_VERB = re.compile(
    r"(?:^|[、和及]|继续|重点|加大|进一步|全面|认真|严格)(?:对|对于|监测|重点监测|围绕|依托|发挥|面向|针对|在|为|落实|执行|联系|[\u4e00-\u9fff]{1,8}联系|剩余|跟踪|加强对|加大对|将|以|按照|根据|支撑|服务好?)(?P<between>[^，。；]*)$"
)
_REACHED = re.compile(r"(?:出列|脱贫|摘帽|达标|销号|上市|投产|开工|竣工|建成|完工|通过验收|入规|入库|落户)$")
_DOES = re.compile(r".*?(?:实行|签订|全部|推行|逐一|逐个|逐户|接入|纳入)")
_POLICY = re.compile(r"(?:政策|措施|意见|举措|硬措施|规定|任务清单)")
_COUNTED_SETS = re.compile(
    r"(?<![“‘一二两三四五六七八九十百千第\u6700])(?P<count>[二两三四五六七八九十]{1,3})大(?P<noun>[\u4e00-\u9fff]{2,12})"
)
_SET_ENDS = re.compile(r"(?:的|和|等|为|是|全|中|以|补|建|落|开|上|持|实|取|保|发|健|达|实现|突破|推进)")


def continues_counts_of_existing_things(one: FigureInContext, previous: FigureInContext | None) -> bool:
    """Return whether a number is no target because it continues a list of counts of things that already exist.

    An example is 发挥6个承接地、20个重点县市、10个示范区的作用.
    """
    return (
        previous is not None
        and previous.sentence == one.sentence
        and previous.quantity is not None
        and previous.quantity.kind == "roster"
        and bool(metric_names.metric_name_after_number(one.after))
        and not one.figure.prefixed
        and (
            not one.before.strip()
            or (
                one.before.endswith(("、", "和", "及", "与"))
                and not numbers_that_are_not_quantities.has_creating_verb(one.before)
            )
        )
    )


def counts_existing_things(one: FigureInContext) -> bool:
    """Return whether a number counts things that already exist, as in 现有92个项目, and so states no target."""
    figure = one.figure
    noun = metric_names.metric_name_after_number(one.after)
    if figure.prefixed or figure.suffixed or figure.unit in ("%", "‰", "个百分点", "番"):
        return False
    if figure.unit == "条" and _POLICY.search(one.after or one.before):
        return True
    if not noun or _REACHED.search(one.after):
        return False
    if re.search(r"^[\u4e00-\u9fff]{0,8}(?:与|同)$", one.before) or (
        not re.sub("[其中和及]", "", one.clause.strip())
        and _DOES.match(one.after[len(noun.split("“")[0]) - 8 if len(noun) > 8 else 0 :])
    ):
        return True
    if (
        _ROSTER_NEXT.search(one.before)
        and not re.search("完成|实现(?!全)", one.clause)
        and not numbers_that_are_not_quantities.has_creating_verb(one.clause)
    ):
        return True
    if counts_things_listed_before(one) or (
        LISTED.search(one.before) and not numbers_that_are_not_quantities.has_creating_verb(one.clause)
    ):
        return True
    led = _ROSTER_VERB.search(one.clause)
    return led is not None and not numbers_that_are_not_quantities.has_creating_verb(led["between"])


def find_counted_sets(text: str, begin: int, excluded: bytearray) -> list[tuple[int, Quantity]]:
    """Return (position, quantity) for each different counted set in a text, such as 五大对接活动 (five big events)."""
    found: dict[str, tuple[int, Quantity]] = {}
    for match in _COUNTED_SETS.finditer(text, begin):
        if any(excluded[match.start() : match.end()]):
            continue
        noun = match["noun"]
        cut = _SET_ENDS.search(noun, 2)
        noun = noun[: cut.start()] if cut else noun
        value = parse_arabic_or_chinese_number(match["count"])
        if (
            value < 2
            or 17 <= value <= 20
            or noun.startswith(("幅", "力", "量", "小", "家", "概", "约", "批", "型", "会"))
        ):
            continue
        words = f"{match['count']}大{noun}"
        found.setdefault(noun[:2], (match.start(), Quantity(words, noun, "roster", "=", value)))
    return list(found.values())
