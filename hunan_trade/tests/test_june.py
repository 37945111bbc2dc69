"""The bulletin of June 2013, number by number: from the printed digits down to the cells of the signed workbooks.

Nothing here computes with the portal's arithmetic. Cells are read with openpyxl, everything above them is recomputed
with fractions, and every printed text is rounded anew from the exact result.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from hunan_trade.accounts.models import User
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import Posting, Return, Round
from hunan_trade.jobs import actions as jobs
from hunan_trade.periods import Month
from hunan_trade.testing.demo import Demo
from reporting import actions
from reporting.document import Document, Figure, Heading, Paragraph, Run, Table
from reporting.freezing import sealed
from reporting.models import Format, Report
from targets.models import Target

CITIES = [*(f"43{n:02}00" for n in range(1, 14)), "433100"]
MISSING = {"431000": "郴州", "431200": "怀化", "433100": "湘西自治州"}
INCLUDED = [city for city in CITIES if city not in MISSING]
XIANGNAN = ("430400", "431000", "431100")
DUE = datetime.fromisoformat("2013-07-05T17:30:00+08:00")

# What the plan promises for 2013, in dollars and pieces.
PLAN = {
    "target/processing_trade/2013": 7_500_000_000,
    "target/undertaken_projects/2013": 3000,
    "target/fortune_500/2013": 2,
    "target/fortune_500/2013/stretch": 3,
}
# Where a city types a figure: the sheet, and there a column by its heading or a row by its name.
TYPED = {
    "enterprises.processing_trade_export": ("加工贸易企业", "出口"),
    "enterprises.processing_trade_import": ("加工贸易企业", "进口"),
    "projects.export_total": ("市州汇总", "出口总额"),
    "projects.import_total": ("市州汇总", "进口总额"),
    "projects.undertaken_projects": ("市州汇总", "新承接产业转移项目"),
    "projects.fortune_500": ("市州汇总", "其中：世界500强投资企业"),
    "projects.domestic_paid_in": ("市州汇总", "实际到位省外境内资金"),
    "projects.foreign_used": ("市州汇总", "实际使用外资"),
    "projects.jobs": ("市州汇总", "新增就业"),
}
TOTALS = {
    "enterprises.processing_trade_total": (
        "enterprises.processing_trade_export",
        "enterprises.processing_trade_import",
    ),
    "projects.trade_total": ("projects.export_total", "projects.import_total"),
}
MONEY = ("usd", "cny")
RATES = ("percent", "points")


# --- From cells upwards ---------------------------------------------------------------------------------------------
@cache
def workbook(sha256: str) -> dict[str, dict[str, Any]]:
    """Sheet → cell → what openpyxl reads there in a stored file, after its hash has been taken."""
    data = Round.objects.filter(workbook=sha256)[0].workbook.read()
    assert hashlib.sha256(data).hexdigest() == sha256
    book = openpyxl.load_workbook(BytesIO(data), data_only=True, read_only=True)
    return {
        sheet.title: {
            f"{chr(ord('A') + at)}{number}": value
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
            for at, value in enumerate(row)
            if value is not None
        }
        for sheet in book
    }


class Proof:
    """The exact amount behind every code of a report's content, worked out from the bottom."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.figures: Mapping[str, Any] = content["figures"]
        rounds = Round.objects.select_related("return_ref__region")
        self.rounds = rounds.in_bulk(content["rounds"])
        named = [entry["observation"] for entry in self.figures.values() if entry["observation"]]
        self.observations = Observation.objects.in_bulk(named)
        self.postings = Posting.objects.in_bulk(named)
        self.newest = {
            (row.indicator, row.region_id, row.month): row.version for row in Observation.objects.order_by("version")
        }
        self.known: dict[str, Fraction | None] = {}

    def amount(self, code: str) -> Fraction | None:
        if code not in self.known:
            self.known[code] = getattr(self, "_" + self.figures[code]["how"])(code, self.figures[code])
            self._compare(code, self.known[code])
        return self.known[code]

    def _compare(self, code: str, amount: Fraction | None) -> None:
        frozen = self.figures[code]["amount"]
        assert (frozen is None) == (amount is None), code
        if amount is None:
            assert self.figures[code]["note"] or code.endswith("430000/2013-06/ytd/rank"), f"{code}: no word why"
        elif amount.denominator == 1 or self.figures[code]["how"] in ("observed", "cell", "sum"):
            assert Fraction(Decimal(frozen)) == amount, code
        else:  # a rate has no last digit: it is kept to 28
            assert abs(Fraction(Decimal(frozen)) - amount) < Fraction(1, 10**15), code

    def _observed(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        if entry["observation"] is None:
            return None
        observation, posting = self.observations[entry["observation"]], self.postings[entry["observation"]]
        indicator, region, month = code.split("/")[:3]
        figure = (observation.indicator, observation.region_id, observation.month)
        assert figure == (indicator, region, date.fromisoformat(f"{month}-01"))
        assert (posting.round_id, posting.cells) == (entry["round"], entry["cells"])
        if not re.search(r"/v\d+$", code):  # only a correction may still name an earlier version
            assert observation.version == self.newest[figure], code
        amount = self._cells(entry, region, month, TYPED[indicator])
        assert Fraction(observation.value) == amount, code
        return amount

    def _cell(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        *_, month, mode, column = code.split("/")
        sheet, cell = entry["cells"].split("!")
        page, row = self._book(entry["round"], entry["region"], month)[sheet], cell[1:]
        assert entry["label"].startswith(page[f"B{row}"]) and page[f"C{row}"] == mode, code
        return self._cells(entry, entry["region"], month, (sheet, {"export": "出口", "import": "进口"}[column]))

    def _book(self, round_id: int, region: str, month: str) -> Any:
        """The workbook of a round, which is the accepted one of just that city and month."""
        round_ = self.rounds[round_id]
        assert round_.decision == Round.Decision.ACCEPTED
        assert (round_.return_ref.region_id, str(round_.return_ref.period)) == (region, month)
        return workbook(round_.workbook_id)

    def _cells(self, entry: Mapping[str, Any], region: str, month: str, typed: tuple[str, str]) -> Fraction:
        """The sum of the named cells, in dollars, yuan or pieces; they are the whole of what was typed there."""
        sheet, named = typed
        page = self._book(entry["round"], region, month)[sheet]
        found = re.fullmatch(rf"{sheet}!([A-Z])(\d+)(?::\1(\d+))?", entry["cells"])
        assert found, entry["cells"]
        letter, rows = found[1], range(int(found[2]), int(found[3] or found[2]) + 1)
        group = next(page[cell] for at in range(ord(letter), 64, -1) if (cell := f"{chr(at)}2") in page)
        assert f"{self.rounds[entry['round']].return_ref.region.name}{Month.parse(month).label}" in page["A1"]
        assert group.startswith(f"{int(month[5:])}月当月")
        assert named == (page[f"B{rows[0]}"] if sheet == "市州汇总" else page[f"{letter}3"])
        if found[3]:
            assert {int(cell[1:]) for cell in page if cell[0] == letter} - {1, 2, 3} == set(rows), entry["cells"]
        amount = sum((Fraction(Decimal(str(page[f"{letter}{row}"]))) for row in rows), Fraction(0))
        return amount * 10_000 if entry["unit"] in MONEY else amount

    # What rests on the plan, the calendar, and the states of returns.
    def _plan(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        target = Target.objects.get(code=code.split("/")[1], item__plan__year=2013)
        promised = target.stretch if code.endswith("stretch") else target.floor or target.value
        scale = 10**8 if entry["unit"] in MONEY else 1
        assert promised is not None and Fraction(promised) * scale == PLAN[code]
        return Fraction(PLAN[code])

    def _calendar(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        month = int(code[-2:])
        return Fraction(12 - month) if code.startswith("calendar/left/") else Fraction(month * 100, 12)

    def _state(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        assert sorted(entry["returns"]) == sorted(f"{city}/2013-06" for city in self.states[code.split("/")[2]])
        return Fraction(len(entry["returns"]))

    @cached_property
    def states(self) -> dict[str, set[str]]:
        """Which cities' June is in which state, from the event log and the times of the first rounds."""
        returns = {str(return_.pk): return_.region_id for return_ in Return.objects.filter(month="2013-06-01")}

        def told(verb: str) -> set[str]:
            events = Event.objects.filter(verb=verb, object_type="intake.return", object_id__in=returns)
            return {returns[event.object_id] for event in events}

        first = Round.objects.filter(return_ref__month="2013-06-01", number=1)
        on_time = set(first.filter(sent_at__lte=DUE).values_list("return_ref__region_id", flat=True))
        sent = told("return.sent")
        return {
            "expected": told("return.opened"),
            "on_time": on_time,
            "late": sent - on_time,
            "missing": told("return.opened") - sent,
            "given_back": told("return.given_back"),
            "accepted": told("return.accepted"),
        }

    # What is worked out of other figures.
    def _inputs(self, entry: Mapping[str, Any]) -> list[Fraction | None]:
        return [self.amount(code) for code in entry["inputs"]]

    def _sum(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        parts = self._inputs(entry)
        return None if not parts or None in parts else sum(parts, Fraction(0))

    def _difference(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        first, second = self._inputs(entry)
        return None if first is None or second is None else first - second

    def _growth(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        now, base = self._inputs(entry)
        return None if now is None or base is None or base <= 0 else (now - base) / base * 100

    def _ratio(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        quotient = self._quotient(code, entry)
        return None if quotient is None else quotient * 100

    def _quotient(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        part, whole = self._inputs(entry)
        return part / whole if part is not None and whole else None

    def _rank(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        own, *rivals = self._inputs(entry)
        return None if own is None else Fraction(1 + sum(rival > own for rival in rivals if rival is not None))

    def _count(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        return Fraction(len(entry["inputs"]))


# --- What a figure has to be made of, by its code -------------------------------------------------------------------
def shifted(code: str, months: int) -> str:
    """The same figure some months earlier or later."""
    return re.sub(r"20\d\d-\d\d", lambda month: str(Month.parse(month[0]).plus(months)), code, count=1)


def ingredients(code: str, known: Callable[[str], bool]) -> list[str] | None:
    """The inputs of a figure of the usual kinds; None for the few others. What is not known is no rival in a rank."""
    stem, _, last = code.rpartition("/")
    indicator, region, month, *_ = [*code.split("/"), "", ""]
    base = {"yoy": -12, "mom": -1}.get(last)
    if base is not None:
        return [stem, "anew/" + shifted(stem[5:], base) if stem.startswith("anew/") else shifted(stem, base)]
    if code.startswith("anew/"):
        return [f"{region}/{city}/{code.split('/')[3]}/ytd" for city in CITIES]
    if indicator not in {*TYPED, *TOTALS} or not re.fullmatch(r"\d{6}|xiangnan", region):
        return None
    province = f"{indicator}/430000/2013-06/ytd"
    if last == "share":
        return [stem, province]
    if last == "rank":
        return [stem, *(rival for city in INCLUDED if known(rival := stem.replace(region, city)))]
    if region in ("430000", "xiangnan"):
        return [code.replace(region, city) for city in INCLUDED if region == "430000" or city in XIANGNAN]
    if last == "ytd":
        year, number = month.split("-")
        return [f"{indicator}/{region}/{year}-{n:02}" for n in range(1, int(number) + 1)]
    return [code.replace(indicator, part) for part in TOTALS[indicator]] if indicator in TOTALS else []


# --- The document ---------------------------------------------------------------------------------------------------
def places(document: Document) -> Iterator[tuple[tuple[Run, ...], bool]]:
    """Every line of runs, and whether it is a row of a table."""
    for block in (*document.blocks, *(block for annex in document.annexes for block in annex.blocks)):
        if isinstance(block, Paragraph):
            yield (*block.lead, *block.runs), False
        elif isinstance(block, Table):
            yield from ((row, True) for row in block.rows)


def printed(document: Document) -> Iterator[tuple[str, Figure, str, bool]]:
    """Every figure with the words before and after it."""
    for runs, tabled in places(document):
        for at, run in enumerate(runs):
            if isinstance(run, Figure):
                before, after = (
                    str(runs[n]) if 0 <= n < len(runs) and isinstance(runs[n], str) else "" for n in (at - 1, at + 1)
                )
                yield before, run, after, tabled


def half_up(amount: Fraction, decimals: int, comma: str = "") -> str:
    """Rounded in whole numbers, halves away from zero; no sign before zero."""
    scaled = abs(amount) * 10**decimals
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(digits, 10**decimals)
    text = f"{whole:{comma}}" + (f".{rest:0{decimals}}" if decimals else "")
    return "-" + text if amount < 0 and digits else text


def spelled(amount: Fraction | None, unit: str, after: str, tabled: bool) -> str:
    """How the figure has to be printed."""
    if amount is None:
        return "—"
    if tabled:
        return half_up(amount / 10_000 if unit in MONEY else amount, 1 if unit in RATES else 0, ",")
    if unit in MONEY:
        return half_up(amount / 10 ** {"亿": 8, "万": 4}[after[0]], 2)
    if unit not in RATES:
        return half_up(amount, 0)
    return half_up(abs(amount) / (100 if after.startswith("倍") else 1), 1) + ("%" if unit == "percent" else "")


def words(document: Document) -> Iterator[str]:
    """All that is printed and is not a figure."""
    head = document.head
    yield from (head.issuer, head.title, head.addressees, head.issue, head.document_number, document.mark)
    yield from (block.text for block in document.blocks if isinstance(block, Heading))
    for annex in document.annexes:
        yield annex.title
        for table in annex.blocks:
            assert isinstance(table, Table)
            yield from (table.caption, table.unit, *table.header, *table.notes)
            for number, row in enumerate(table.rows, start=-1):
                assert row[0] == (str(number) if number > 0 else "")
                yield from (run for run in row[1:] if isinstance(run, str))
    yield from (run for runs, tabled in places(document) if not tabled for run in runs if isinstance(run, str))


# Numbers that words may hold: dates and months, the number of a note or an issue, and what names or thresholds say.
SAID = re.compile(
    r"20\d\d年|\d{1,2}-\d{1,2}月|\d{1,2}月(\d{1,2}日)?|第6期|^(注：)?\d\.|世界500强|超过(1|15)亿美元|演示\d\d|6/12即50\.0%"
)


# --- The tests ------------------------------------------------------------------------------------------------------
@pytest.fixture
def june(demo_database: Demo) -> Report:
    """The draft, written by the job that an officer asked for."""
    job = actions.prepare("monthly-bulletin", Month(2013, 6), by=person("officer1"))
    jobs.run(job.pk, worker="test")
    return Report.objects.get(kind="monthly-bulletin", month="2013-06-01")


def person(username: str) -> User:
    return User.objects.get(username=username)


def composed(report: Report) -> Document:
    return sealed(report.declared, report.content)[1]


def test_every_printed_number_comes_exactly_out_of_the_signed_workbooks(june: Report) -> None:
    proof, seen = Proof(june.content), 0
    for before, figure, after, tabled in printed(composed(june)):
        entry = june.content["figures"][figure.code]
        amount = proof.amount(figure.code)
        wanted = spelled(amount, entry["unit"], after, tabled)
        if figure.text.endswith("持平"):
            assert amount is not None and half_up(amount, 1) == "0.0"
        else:
            assert figure.text == wanted, f"{before}‹{figure.text}›{after} stands for {wanted}: {figure.code}"
            assert figure.value is None or f"{figure.value:,f}".replace(",", "") == wanted.strip("%").replace(",", "")
        if not tabled and amount and entry["how"] in ("growth", "difference") and entry["unit"] in RATES:
            assert before.endswith(("下降", "低于序时进度")) == (amount < 0), f"{before}‹{figure.text}›"
        assert figure.text in entry["texts"]
        seen += 1
    assert seen > 300


def test_what_is_kept_but_not_printed_is_as_exact_and_made_of_what_its_code_says(june: Report) -> None:
    proof = Proof(june.content)

    def known(code: str) -> bool:
        return proof.amount(code) is not None

    for code, entry in june.content["figures"].items():
        proof.amount(code)
        if entry["how"] not in ("observed", "cell") and (wanted := ingredients(code, known)) is not None:
            assert sorted(entry["inputs"]) == sorted(wanted), code
    assert set(june.content["rounds"]) == {
        entry["round"] for entry in june.content["figures"].values() if "round" in entry
    }


def test_no_number_stands_among_the_words(june: Report) -> None:
    unbound = [text for text in words(composed(june)) if re.search(r"\d", SAID.sub("", text))]
    assert not unbound
    assert Proof(june.content).amount("path/2013-06") == 50  # the one that a note spells out


def test_june_leaves_out_three_cities_tells_the_correction_and_becomes_the_sixth_issue(june: Report) -> None:
    text = "".join(run.text if isinstance(run, Figure) else run for runs, _ in places(composed(june)) for run in runs)
    assert "本期全省数不含郴州、怀化、湘西自治州" in text
    assert re.search(r"永州2013年4月加工贸易出口由[\d.]+万美元更正为[\d.]+万美元.*原因：企业退运", text)
    assert {city["region"]: city["short"] for city in june.missing} == MISSING
    actions.ask_review(june.pk, by=person("officer1"))
    actions.review(june.pk, by=person("officer2"))
    issued = actions.issue(june.pk, by=person("lead1"), confirm_missing=True)
    assert issued.issue == "2013年第6期"
    assert {file.format for file in issued.files.all()} == set(Format)
    assert set(issued.sources.values_list("round", flat=True)) == set(june.content["rounds"])
    page = openpyxl.load_workbook(BytesIO(issued.files.get(format=Format.XLSX).file.read()))
    cells = {float(value) for sheet in page for row in sheet.values for value in row if isinstance(value, int | float)}
    tabled = {
        figure.value for _, figure, _, in_table in printed(composed(june)) if in_table and figure.value is not None
    }
    assert {float(value) for value in tabled} <= {float(value) for value in cells}
