"""Finds the dates and periods named in a text, such as 6月底前 or 到2025年."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from targets.document_parser.parsed_plan_dataclasses import Deadline

_YEAR = r"(?:(?P<year>(?:19|20)\d\d)\s*年|(?P<said>今年|本年度?|明年|次年))?"
_BEFORE = r"(?P<before>(?:以前|之前|前)(?!期|列|述|[一二三四五六七八九十\d]))"
_QUARTER = "一二三四"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 每年2月底前, 每月10日前, 每季度末月25日前
        r"(?P<every>每(?:年|个?月|个?季度?|周|半年|学期|学年)[^，,。；;、：（）()]{0,5}?(?:\d{1,2}\s*月)?[^，,。；;、（）()]{0,4}?(?:\d{1,2}\s*日|底|末|中旬|上旬|下旬)?(?:以前|之前|前))",
        # 6月19-22日, 6月19日至7月2日, 9月30日前
        rf"{_YEAR}(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*(?:日|号)?\s*(?:[-—–~～至到]+|－)\s*(?:(?P<month2>\d{{1,2}})\s*月\s*)?(?P<day2>\d{{1,2}})\s*(?:日|号)",
        rf"{_YEAR}(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*(?:日|号)(?:{_BEFORE})?",
        # 10月份, 10月中旬, 6月底前, 9-10月, 9月至10月
        rf"{_YEAR}(?P<month>\d{{1,2}})\s*(?:月份?)?\s*(?:[-—–~～至到]+|－)\s*(?P<month2>\d{{1,2}})\s*月(?:份)?(?P<edge>底|末)?(?:{_BEFORE})?",
        rf"{_YEAR}(?P<month>\d{{1,2}})\s*月(?:份)?(?P<edge>上旬|中旬|下旬|初|底|末)?(?:{_BEFORE})?",
        # 上半年, 三季度末前, 第三季度
        rf"{_YEAR}(?P<half>[上下])半年(?P<edge>底|末)?(?:{_BEFORE})?",
        rf"{_YEAR}(?P<to>到|至)?第?(?P<quarter>[{_QUARTER}1234])\s*季度(?P<edge>底|末|初)?(?:{_BEFORE})?",
        # 年底前, 年内, 到2025年, 2020年底, 全年, 2019年
        rf"(?P<to>到|至|截至|截止)?\s*(?P<year>(?:19|20)\d\d)\s*年\s*(?P<edge>底|末|年底|年末)?(?:{_BEFORE})?",
        rf"(?P<to>到|至|截至)?(?P<said>今年|本年度?|明年|去年|上年|上一年|全年|年内|年度内)(?P<edge>年?[底末])?(?:{_BEFORE})?",
        rf"(?<![0-9年每])(?P<to>到|至)?(?P<year_end>年底|年末|年终(?=[，,前]))(?:{_BEFORE})?",
    )
)
_COMPARED = re.compile(r"(?:较|比|与|跟|和|同比|对比|相对于?|按|超|占)$")
_COMPARISON_AFTER = re.compile(r"\s*(?:相比|相较|同期|水平|基数|(?:修订|修正)?版|为基|基础上|以来的|结转|末结转|遗留)")
_BASIS = re.compile(r"[^，,。；;]{0,24}?(?:为基数|为基础)")


@dataclass(frozen=True)
class Period:
    """A date or period named in a text, with its kind, first and last day, and position."""

    place: int
    until: int
    text: str
    start: date | None
    end: date | None
    kind: str  # deadline, whole (全年: governs only), upto (到2025年), past, every, compared
    bracketed: bool = False

    @property
    def sets_due_date(self) -> bool:
        """Whether the quantities that follow this date or period in a text are due by its end.

        Frequencies, comparisons and the days of an event are not.
        """
        if self.kind in ("every", "compared") or self.bracketed:
            return False
        days = (self.end - self.start).days if self.start and self.end and self.kind == "deadline" else None
        return days is None or days > _EVENT_DAYS

    @property
    def as_deadline(self) -> Deadline:
        """This date or period as a `Deadline`; words such as 每年 (every year) make the deadline recurring."""
        if self.kind == "every":
            return Deadline(self.text, None, self.end, True)
        return Deadline(self.text, self.start, self.end)


_EVENT_DAYS = 25  # shorter spans are the days of an event, not a horizon
MakePeriod = Callable[[str, date | None, date | None], Period]


def find_dates_and_periods(text: str, year: int | None) -> list[Period]:
    """Return the dates and periods named in a text, in text order.

    Titles in 《》 and numbers in 〔〕 are skipped. `year` is the plan's year.
    """
    covered = _spans_with_ignored_dates(text)
    taken: list[tuple[int, re.Match[str]]] = []
    blocked = bytearray(len(text))
    for place, until in covered:
        blocked[place:until] = b"\1" * (until - place)
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if match.end() > match.start() and not any(blocked[match.start() : match.end()]):
                taken.append((match.start(), match))
                blocked[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    found: list[Period] = []
    last_named_year = year
    sentence = 0
    for place, match in sorted(taken, key=lambda pair: pair[0]):
        if re.search("[。；;\n]", text[sentence:place]):
            last_named_year = year
            sentence = place
        period = _make_period(text, match, last_named_year, year)
        if period is None:
            continue
        if match.groupdict().get("year") and period.kind != "compared":
            last_named_year = int(match["year"])
        found.append(period)
    return found


def _spans_with_ignored_dates(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each passage of a text whose dates do not count, such as a title in 《》."""
    for match in re.finditer(
        r"《[^《》]*》|〔[^〔〕]*〕|\[\d{4}\]|[（(](?:\d{4}年版|\d{4}[—-]\d{4}年?)[）)]|(?:19|20)\d\d\s*[-—–~～至]+\s*(?:19|20)\d\d\s*年?",
        text,
    ):
        yield match.span()


def _make_period(text: str, match: re.Match[str], last_named_year: int | None, year: int | None) -> Period | None:
    """Return the date or period that a regex match names as a `Period`, or None if it names none."""
    groups = match.groupdict()
    words = match[0].strip()
    place = match.end() - len(match[0].lstrip())
    before = text[max(0, place - 4) : place]
    after = text[match.end() : match.end() + 4]
    named = _year_of_match(groups, last_named_year, year)
    bracketed = before[-1:] in "（(" and before != "" and after[:1] in "）)" and after != ""

    def make(kind: str, start: date | None, end: date | None) -> Period:
        if kind != "every" and year is not None and end is not None and end.year < year and groups.get("before"):
            kind = "compared"  # 2000年以前建成的
        elif kind != "every" and (
            _COMPARED.search(before) or _COMPARISON_AFTER.match(after) or _BASIS.match(text, match.end())
        ):
            kind = "compared"
        elif year is not None and end is not None and end.year < year:
            kind = "past"
        return Period(place, match.end(), words, start, end, kind, bracketed)

    if groups.get("every"):
        return make("every", None, _recurring_end(words, year))
    if groups.get("month"):
        return _period_from_month_match(groups, named, make)
    limit = bool(groups.get("before"))
    if groups.get("half"):
        first, last = (1, 6) if groups["half"] == "上" else (7, 12)
        return _period_of_months(make, named, first, last, limit or bool(groups["edge"]))
    if groups.get("quarter"):
        quarter = groups["quarter"]
        number = int(quarter) if quarter.isdigit() else _QUARTER.index(quarter) + 1
        return _period_of_months(make, named, 3 * number - 2, 3 * number, limit or bool(groups["edge"]))
    if named is None:
        return make("whole", None, None) if groups.get("said") in ("全年", "今年") else None
    last_day = date(named, 12, 31)
    if groups.get("year_end"):
        return make("deadline", None, last_day)
    if groups.get("said") in ("去年", "上年", "上一年"):
        return make("past", date(named, 1, 1), last_day)
    if limit or groups.get("edge") or groups.get("said") in ("年内", "年度内"):
        return make("deadline" if limit or not groups.get("to") else "upto", None, last_day)
    if groups.get("to"):
        return make("upto", None, last_day)
    if re.match(r"\s*(?:以来|度)", after) and named != year:
        return make("past", None, last_day)
    return make("whole", None, last_day)


def _year_of_match(groups: dict[str, str | None], last_named_year: int | None, year: int | None) -> int | None:
    """Return the year that a matched date names (2014年, 明年), or else the last year named earlier in the text."""
    if found := groups.get("year"):
        return int(found)
    if year is None:
        return None
    word = groups.get("said") or ""
    if word.startswith(("明年", "次年")):
        return year + 1
    if word.startswith(("去年", "上年", "上一年")):
        return year - 1
    if word:
        return year
    return last_named_year


def _period_from_month_match(groups: dict[str, str | None], year: int | None, make: MakePeriod) -> Period | None:
    """Return the `Period` for a match such as 10月中旬 or 6月19-22日, or None for unknown years and impossible days."""
    first = int(groups["month"] or 0)
    last = int(groups.get("month2") or first)
    if year is None or not (1 <= first <= 12 and 1 <= last <= 12) or last < first:
        return None
    limit = bool(groups.get("before"))
    try:
        if groups.get("day"):
            start = date(year, first, int(groups["day"] or 0))
            end = date(year, last, int(groups.get("day2") or groups["day"] or 0))
            return make("deadline", None if limit else start, end) if start <= end else None
    except ValueError:
        return None
    edge = groups.get("edge")
    begin, finish = {"上旬": (1, 10), "中旬": (11, 20), "初": (1, 10)}.get(edge or "", (1, monthrange(year, last)[1]))
    if edge == "下旬":
        begin = 21
    if edge in ("底", "末"):
        limit = True
    if limit and edge in ("上旬", "中旬", "初") and edge == "初":
        finish = 1
    return make("deadline", None if limit else date(year, first, begin), date(year, last, finish))


def _period_of_months(make: MakePeriod, year: int | None, first: int, last: int, limit: bool) -> Period | None:
    """Return the `Period` from month `first` to month `last` of `year`, or None if the year is unknown."""
    if year is None:
        return None
    end = date(year, last, monthrange(year, last)[1])
    return make("deadline", None if limit else date(year, first, 1), end)


def _recurring_end(words: str, year: int | None) -> date | None:
    """Return the day in `year` on which a recurring period such as 每年2月底前 ends, or None if it names no day."""
    month = re.search(r"每年[^\d]{0,4}(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?", words)
    if month is None or year is None:
        return date(year, 12, 31) if year and re.match("每年(?:年)?[底末]", words) else None
    number = int(month[1])
    if not 1 <= number <= 12:
        return None
    last = monthrange(year, number)[1]
    return date(year, number, min(int(month[2]), last) if month[2] else last)
