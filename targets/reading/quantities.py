"""What a node promises: its figures with their meaning, directions and rosters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from targets.reading import metrics, traps
from targets.reading.answer import Quantity
from targets.reading.dates import Period
from targets.reading.directions import directions, sets
from targets.reading.figures import Figure, figures
from targets.reading.numerals import half_width

_BREAKS = "，,。；;：:！？\n"
_STRONG = "。；;！？\n"
_RISE = re.compile(r"(?P<verb>增长|递增|上升|提高|提升|增加|下降|降低|减少|压减|缩减|压降)(?:了|幅度)?$")
_FALLS = frozenset({"下降", "降低", "减少", "压减", "缩减", "压降"})
_SUBJECTLESS = r"[，,、（(]?\s*(?:其中)?(?:同比|环比|[比较][^，。；、\d]{1,6}?|[比较](?:19|20)\d\d年|年均|预计|力争|确保|净|平均|可比口径|比上届|较上届)*"
_THEN_GROWTH = re.compile(rf"{_SUBJECTLESS}(?:增长|递增|上升|提高|增加|下降|降低|减少)\s*$")
_THEN_VALUE = re.compile(
    r"[，,、]?\s*(?:总量|总额|规模|总数|总值)?(?:力争|确保|预计)?(?:达到?|实现|完成|突破|超过|增至|提高到|增加到|扩大到|降至|降到|至|到)+(?:[\u4e00-\u9fff]{0,2})?\s*$"
)
_THEN_DOUBLES = re.compile(rf"{_SUBJECTLESS}\s*$")
_BASE_AFTER = re.compile(r"\s*(?:为基数|的基数|基数上|为基础|(?:的)?基础上[，,]?(?:再)?(?:增长|提高|下降))")
_FROM_TO = re.compile(r"(?:提高|增加|增长|提升|扩大|下降|降低|减少|压缩|上升|压减|缩短|发展)(?:到|至)\s*(?:[\u4e00-\u9fff]{0,2})?$")
_LINK = re.compile(r"(?:以上|以下|以内|左右)?\s*(?:、|和|及|与|以及|，|,)\s*$")
_EACH = re.compile(r"(?:均|都)(?:[\u4e00-\u9fff]{0,6})?$|各$")
_ROSTER_NEXT = re.compile(r"(?:全[省市县区州乡镇国]|城区|现有?|已有|原有|剩余|其余|首批|第[一二三四五]批|上述|以下|尚存|结转的?|确定的|交办的|反馈的|排查的|列入[\u4e00-\u9fff]{1,10}的|已有的|辖内|辖区|区内|境内)$")
_ROSTER_VERB = re.compile(
    r"(?:^|[、和及]|继续|重点|加大|进一步|全面|认真|严格)(?:对|对于|监测|重点监测|围绕|依托|发挥|面向|针对|在|为|落实|执行|联系|[\u4e00-\u9fff]{1,8}联系|剩余|跟踪|加强对|加大对|将|以|按照|根据|支撑|服务好?)(?P<between>[^，。；]*)$"
)
_REACHED = re.compile(r"(?:出列|脱贫|摘帽|达标|销号|上市|投产|开工|竣工|建成|完工|通过验收|入规|入库|落户)$")
_DOES = re.compile(r".*?(?:实行|签订|全部|推行|逐一|逐个|逐户|接入|纳入)")
_POLICY = re.compile(r"(?:政策|措施|意见|举措|硬措施|规定|任务清单)")
_LISTED = re.compile(r"[^，。；：]{2,}、[^，。；：]{2,}$")


@dataclass(frozen=True)
class Mood:
    """What the headings above a node say about its figures."""

    past: bool = False
    horizon: date | None = None


@dataclass
class _Found:
    figure: Figure
    start: int  # of its clause
    sentence: int  # where that begins
    after: str  # to the end of its clause
    clause: str  # from the start of its clause, other figures included
    before: str = ""  # the same from the figure before it, without periods
    quantity: Quantity | None = None
    span: tuple[int, int] = (0, 0)
    joined: bool = False


def quantities(
    text: str, begin: int, said: Sequence[Period], mood: Mood, body: int = 0
) -> tuple[tuple[Quantity, ...], bool]:
    """In the order of the text, and whether every figure in it is explained.

    `begin`: where the marker ends, `body`: where the title does.
    """
    plain = half_width(text)
    closed = traps.closed(plain)
    for period in said:
        closed[period.place : period.until] = b"\1" * (period.until - period.place)
    found = _figures(plain, begin, body, closed)
    explained = _explained(plain, begin, closed, found)
    found = _that_count(plain, found, said)
    _join(plain, found)
    made: list[tuple[int, Quantity]] = []
    previous: _Found | None = None
    for run in _runs(plain, [one for one in found if not one.joined]):
        for place, quantity in _meant(plain, run, previous, text):
            made.append((place, _timed(plain, place, quantity, said, mood, body)))
        previous = run[-1]
        previous.quantity = made[-1][1] if made else None
    made += [(place, _timed(plain, place, one, said, mood, body)) for place, one in directions(plain, begin, closed)]
    made += [(place, one) for place, one in sets(plain, begin, closed)]
    if mood.past:  # where something went in the past is no direction to go
        made = [(place, one) for place, one in made if one.kind != "direction"]
    return tuple(once([one for _, one in sorted(made, key=lambda pair: pair[0])])), explained


def _figures(plain: str, begin: int, body: int, closed: bytearray) -> list[_Found]:
    found: list[_Found] = []
    for figure in figures(plain):
        if figure.begin < begin or any(closed[figure.begin : figure.end]):
            continue
        start = max((plain.rfind(sign, begin, figure.place) + 1 for sign in _BREAKS), default=begin)
        start = max(start, begin, body if body <= figure.place else 0)
        sentence = max(begin, *(plain.rfind(sign, begin, figure.place) + 1 for sign in _STRONG))
        end = next((place for place in range(figure.until, len(plain)) if plain[place] in _BREAKS + "、"), len(plain))
        after, clause = plain[figure.until : end], plain[start : figure.place]
        found.append(_Found(figure, start, sentence, after, clause, span=(figure.place, figure.until)))
    return found


def _that_count(plain: str, found: Sequence[_Found], said: Sequence[Period]) -> list[_Found]:
    """Those that are quantities, with the words before them from the quantity before."""
    kept: list[_Found] = []
    for one in found:
        since = max(one.start, kept[-1].figure.until if kept else 0)
        one.before = _without(plain, since, one.figure.place, said)
        if not _is_none(one):
            kept.append(one)
    return kept


def _without(plain: str, begin: int, end: int, said: Sequence[Period]) -> str:
    """The text between two places, the periods in it left out."""
    parts = []
    for period in said:
        if begin <= period.place < end and period.kind != "compared":
            parts.append(plain[begin : period.place])
            begin = min(period.until, end)
    return "".join([*parts, plain[begin:end]])


def _explained(plain: str, begin: int, closed: bytearray, found: Sequence[_Found]) -> bool:
    """Whether no digit is left that neither a rule nor a trap has seen."""
    seen = bytearray(closed)
    for one in found:
        seen[one.figure.begin : one.figure.end] = b"\1" * (one.figure.end - one.figure.begin)
    return all(seen[match.start()] for match in re.finditer(r"\d+", plain) if match.start() >= begin)


def _is_none(one: _Found) -> bool:
    figure = one.figure
    return (
        traps.is_frequency(one.clause, figure)
        or traps.is_threshold(one.before, one.after, figure)
        or (traps.is_slogan(one.before, one.after, figure) and not _is_listed_set(one))
    )


def _is_listed_set(one: _Found) -> bool:
    """A、B、C三项活动."""
    return one.figure.han and one.figure.value != 1 and one.figure.unit in ("项", "个", "条", "类", "家") and bool(
        _LISTED.search(one.clause) and metrics.after(one.after)
    )


def _join(plain: str, found: Sequence[_Found]) -> None:
    """A base and a growth go to the value of the same sentence and thing."""
    for place, one in enumerate(found):
        if one.joined:
            continue
        following = found[place + 1] if place + 1 < len(found) else None
        if following is None or following.sentence != one.sentence:
            continue
        between = plain[one.figure.until : following.figure.place]
        if re.search(r"分别[^，,。；;]{0,4}$", following.before) and _THEN_GROWTH.fullmatch(between.replace("分别", "")):
            _join_growths(plain, found, place)
        elif _BASE_AFTER.match(between):
            _join_base(plain, found, place)
        elif re.search(r"(?:由|从)[^，,。；]*$", one.before) and _FROM_TO.search(between) and one.figure.op == "=":
            _give(following, one, base=one.figure.value)
        elif following.figure.unit == "番" and _THEN_DOUBLES.fullmatch(between):
            _give(one, following, growth=_doubled(following.figure.value))
        elif _growth(following) is not None and _THEN_GROWTH.fullmatch(between) and _is_amount(one):
            _give(one, following, growth=_growth(following))
        elif _growth(one) is not None and _THEN_VALUE.fullmatch(between) and _is_amount(following):
            _give(following, one, growth=_growth(one))


def _join_base(plain: str, found: Sequence[_Found], place: int) -> None:
    """以50亿美元为基数，增长50%，达到75亿美元."""
    base = found[place]
    rest = [one for one in found[place + 1 : place + 3] if one.sentence == base.sentence]
    value = next((one for one in rest if one.figure.unit == base.figure.unit), None)
    grown = next((one for one in rest if _growth(one) is not None), None)
    if value is not None:
        _give(value, base, base=base.figure.value)
        if grown is not None:
            _give(value, grown, growth=_growth(grown))
    elif grown is not None:
        _give(grown, base, base=base.figure.value)


def _join_growths(plain: str, found: Sequence[_Found], place: int) -> None:
    """52起、死亡31人，同比分别下降8.8%和11.4%."""
    verb = _RISE.search(found[place + 1].before.rstrip())
    growths = [one for one in found[place + 1 :] if one.sentence == found[place].sentence and one.figure.unit == "%"]
    values = [one for one in found[: place + 1] if one.sentence == found[place].sentence][-len(growths) :]
    if verb is None or len(values) != len(growths):
        return
    for value, growth in zip(values, growths, strict=True):
        if growth.figure.value is not None and growth.figure.unit != value.figure.unit:
            span = value.span
            _give(value, growth, growth=-growth.figure.value if verb["verb"] in _FALLS else growth.figure.value)
            value.span = span


def _give(to: _Found, from_: _Found, base: Decimal | None = None, growth: Decimal | None = None) -> None:
    so_far = to.quantity or Quantity("", "", "target")
    to.quantity = replace(
        so_far, base=so_far.base if base is None else base, growth_pct=so_far.growth_pct if growth is None else growth
    )
    if from_.span[0] < to.span[0]:
        to.before, to.clause = from_.before, from_.clause
    to.span = (min(to.span[0], from_.span[0]), max(to.span[1], from_.span[1]))
    from_.joined = True


def _is_amount(one: _Found) -> bool:
    return one.figure.unit not in ("%", "个百分点")


def _growth(one: _Found) -> Decimal | None:
    figure = one.figure
    if figure.unit != "%" or figure.value is None:
        return None
    verb = _RISE.search(one.before.rstrip())
    if verb is None:
        return None
    return -figure.value if verb["verb"] in _FALLS else figure.value


def _doubled(times: Decimal | None) -> Decimal:
    return Decimal(100) * (2 ** int(times or 1) - 1) if (times or 1) < 20 else Decimal(100)


def _runs(plain: str, found: Sequence[_Found]) -> list[list[_Found]]:
    """Figures that follow one 分别 belong together; all others stand alone."""
    runs: list[list[_Found]] = []
    for one in found:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and "分别" in runs[-1][0].before
            and last.sentence == one.sentence
            and _LINK.fullmatch(plain[last.figure.until : one.figure.place])
        ):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _meant(plain: str, run: list[_Found], previous: _Found | None, text: str) -> list[tuple[int, Quantity]]:
    first = run[0]
    if len(run) > 1:
        names = metrics.shared(first.before.split("分别")[0], len(run))
        op = next((one.figure.op for one in run if one.figure.op != "="), "=")
        verb = _RISE.search(first.before.rstrip())
        if names:
            return [
                (one.figure.place, _quantity(one, name, text, op if one.figure.op == "=" else one.figure.op, verb))
                for one, name in zip(run, names, strict=True)
            ]
    made: list[tuple[int, Quantity]] = []
    for one in run:
        for name in _names(plain, one, previous):
            made.append((one.figure.place, _quantity(one, name, text, one.figure.op, None, previous)))
        previous = one
        one.quantity = made[-1][1]
    return made


def _names(plain: str, one: _Found, previous: _Found | None) -> list[str]:
    behind = metrics.after(one.after) if one.figure.unit not in ("%", "‰", "个百分点") else ""
    if behind:
        return [behind]
    if _EACH.search(one.before.rstrip()):
        return metrics.shared(one.before, None)
    named = metrics.before(one.before)
    if named and not (_FOR_EACH.fullmatch(named) or _GENERAL.fullmatch(named) or metrics.only_verbs(named)):
        return [named]
    if previous is not None and previous.sentence == one.sentence and previous.quantity is not None:
        return [_said_with(previous.quantity.metric, named)]
    start = one.start
    clauses = [part for part in re.split(f"[{_BREAKS}]", plain[one.sentence : start]) if part.strip() and not re.search(r"\d", part)]
    if clauses:
        return [_said_with(metrics.before(clauses[-1]) or clauses[-1], named)]
    earlier = next((part for part in reversed(re.split(f"[{_BREAKS}]", plain[:start])) if part.strip() and not re.search(r"\d", part)), "")
    return [named or metrics.before(earlier) or earlier]


def _said_with(thing: str, named: str) -> str:
    """What a clause before names, with the 每场 or 人数 that stands beside the figure."""
    return thing if not named or metrics.only_verbs(named) else f"{thing}，{named}" if named[0] == "每" else thing + named


_GENERAL = re.compile(r"(?:总)?(?:人数|数量|数|总数|总量|规模|面积|占比|比例|比重)")
_FOR_EACH = re.compile(r"每[个家名户所条座场]?[\u4e00-\u9fff]{1,4}")


def _quantity(
    one: _Found, name: str, text: str, op: str, verb: re.Match[str] | None, previous: _Found | None = None
) -> Quantity:
    figure = one.figure
    extra = one.quantity or Quantity("", "", "target")
    growth = extra.growth_pct
    if growth is None and figure.op != "range":
        growth = _growth(one)
        if growth is None and verb is not None and figure.unit == "%" and figure.value is not None:
            growth = -figure.value if verb["verb"] in _FALLS else figure.value
        if figure.unit == "番":
            growth = _doubled(figure.value)
    begin = one.span[0]
    if begin == figure.place and (figure.unit in ("%", "个百分点") or growth is not None) and text[:begin] != "":
        risen = _RISE.search(text[:begin].rstrip())
        begin = risen.start() if risen else begin
    return Quantity(
        text=text[begin : one.span[1]],
        metric=name.strip(),
        kind="roster" if _is_roster(one) or _goes_on(one, previous) else "target",
        op=op,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        unit=figure.unit,
        base=extra.base,
        growth_pct=growth,
    )


def _goes_on(one: _Found, previous: _Found | None) -> bool:
    """发挥6个重点承接地、20个重点县市、10个示范区的作用: one verb for all."""
    return (
        previous is not None
        and previous.sentence == one.sentence
        and previous.quantity is not None
        and previous.quantity.kind == "roster"
        and bool(metrics.after(one.after))
        and not one.figure.prefixed
        and (not one.before.strip() or (one.before.endswith(("、", "和", "及", "与")) and not traps.makes(one.before)))
    )


def _is_roster(one: _Found) -> bool:
    figure = one.figure
    noun = metrics.after(one.after)
    if figure.prefixed or figure.suffixed or figure.unit in ("%", "‰", "个百分点", "番"):
        return False
    if figure.unit == "条" and _POLICY.search(one.after or one.before):
        return True
    if not noun or _REACHED.search(one.after):
        return False
    if re.search(r"^[\u4e00-\u9fff]{0,8}(?:与|同)$", one.before) or (
        not re.sub("[其中和及]", "", one.clause.strip()) and _DOES.match(one.after[len(noun.split("“")[0]) - 8 if len(noun) > 8 else 0 :])
    ):
        return True
    if _ROSTER_NEXT.search(one.before) and not re.search("完成|实现(?!全)", one.clause) and not traps.makes(one.clause):
        return True
    if _is_listed_set(one) or (_LISTED.search(one.before) and not traps.makes(one.clause)):
        return True
    led = _ROSTER_VERB.search(one.clause)
    return led is not None and not traps.makes(led["between"])


def _reaches(plain: str, period: Period, place: int, sentence: int, begin: int) -> bool:
    """What stands first in its sentence governs the rest of the paragraph, what stands within it the sentence, and a
    month or quarter in which something happens its own clause.
    """
    if period.kind == "past":
        return period.place > sentence and "基础上" not in plain[period.until : place]
    if _heads_sentence(plain, period, begin):
        return True
    if period.place < sentence:
        return False
    return period.start is None or period.kind != "deadline" or not re.search("[，,]", plain[period.until : place])


def _timed(plain: str, place: int, quantity: Quantity, said: Sequence[Period], mood: Mood, begin: int) -> Quantity:
    """With its horizon, and as past where the period that governs it is."""
    line = plain.rfind("\n", 0, place)
    sentence = max(plain.rfind(sign, 0, place) for sign in "。\n")
    governing = None
    for period in said:
        if line < period.place < place and period.governs:
            if _reaches(plain, period, place, sentence, begin):
                governing = period
            elif governing is not None and governing.kind == "past":
                governing = None
    if governing is not None and governing.kind == "past" and quantity.kind == "target":
        return replace(quantity, kind="past", horizon=governing.end)
    if mood.past and quantity.kind == "target":
        return replace(quantity, kind="past", horizon=mood.horizon)
    if quantity.kind == "roster":
        return quantity
    return replace(quantity, horizon=governing.end if governing is not None else mood.horizon)


def _heads_sentence(plain: str, period: Period, title_end: int) -> bool:
    begin = max(plain.rfind(sign, 0, period.place) for sign in _STRONG) + 1
    if begin < title_end <= period.place:
        begin = title_end
    return not re.sub(_BEFORE_PERIOD, "", plain[begin : period.place])


_BEFORE_PERIOD = re.compile(r"[^\u4e00-\u9fff]|力争|确保|争取|在|其中|具体|目标|为|是|[一二三四五六七八九十]+[、是]")


def once(made: Sequence[Quantity]) -> list[Quantity]:
    """The same roster named twice in a node is one."""
    kept: list[Quantity] = []
    for quantity in made:
        if quantity.kind == "roster" and any(
            other.kind == "roster" and (other.value, other.unit, other.metric) == (quantity.value, quantity.unit, quantity.metric)
            for other in kept
        ):
            continue
        kept.append(quantity)
    return kept
