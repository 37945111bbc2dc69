"""Recalculates the figures of a bulletin from the cells of the stored workbooks.

None of the portal's arithmetic is used: cells are read with openpyxl, and everything above them is fractions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from io import BytesIO
from typing import Any

import openpyxl

from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import MonthlyReturn, Posting, Round
from hunan_trade.periods import Month
from hunan_trade.tests.project_register_recalculation import STAGES, RawRegister
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
def stored_workbook_cells(sha256: str) -> dict[str, dict[str, Any]]:
    """Return the cell values of a stored workbook by sheet and cell, after verifying its hash."""
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


class Recalculation:
    """Recalculates every figure of a report's content from the workbook cells."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.figures: Mapping[str, Any] = content["figures"]
        rounds = Round.objects.select_related("monthly_return__region")
        self.rounds = rounds.in_bulk(content["rounds"])
        observation_ids = [entry["observation"] for entry in self.figures.values() if entry["observation"]]
        self.observations = Observation.objects.in_bulk(observation_ids)
        self.postings = Posting.objects.in_bulk(observation_ids)
        self.newest = {
            (row.indicator, row.region_id, row.month, row.source): row.version
            for row in Observation.objects.order_by("version")
        }
        self.register = RawRegister(datetime.fromisoformat(content["as_of"]))
        self.amounts: dict[str, Fraction | None] = {}

    def amount(self, code: str) -> Fraction | None:
        if code not in self.amounts:
            self.amounts[code] = getattr(self, "_" + self.figures[code]["how"])(code, self.figures[code])
            self._compare(code, self.amounts[code])
        return self.amounts[code]

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
            assert observation.version == self.newest[*figure, observation.source], code
        amount = self._sum_of_cells(entry, region, month, TYPED[indicator])
        assert Fraction(observation.value or 0) == amount, code
        return amount

    def _cell(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        *_, month, mode, column = code.split("/")
        sheet, cell = entry["cells"].split("!")
        page, row = self._accepted_workbook(entry["round"], entry["region"], month)[sheet], cell[1:]
        assert entry["label"].startswith(page[f"B{row}"]) and page[f"C{row}"] == mode, code
        return self._sum_of_cells(entry, entry["region"], month, (sheet, {"export": "出口", "import": "进口"}[column]))

    def _accepted_workbook(self, round_id: int, region: str, month: str) -> Any:
        """Return the workbook of a submission (round), after checking that it is the accepted one."""
        round_ = self.rounds[round_id]
        assert round_.decision == Round.Decision.ACCEPTED
        assert (round_.monthly_return.region_id, str(round_.monthly_return.period)) == (region, month)
        return stored_workbook_cells(round_.workbook_id)

    def _sum_of_cells(
        self, entry: Mapping[str, Any], region: str, month: str, sheet_and_heading: tuple[str, str]
    ) -> Fraction:
        """Return the sum of a figure's workbook cells, after checking their sheet, column and rows."""
        sheet, heading = sheet_and_heading
        page = self._accepted_workbook(entry["round"], region, month)[sheet]
        found = re.fullmatch(rf"{sheet}!([A-Z])(\d+)(?::\1(\d+))?", entry["cells"])
        assert found, entry["cells"]
        letter, rows = found[1], range(int(found[2]), int(found[3] or found[2]) + 1)
        group = next(page[cell] for at in range(ord(letter), 64, -1) if (cell := f"{chr(at)}2") in page)
        assert page["A1"].startswith(self.rounds[entry["round"]].monthly_return.region.name[:2])
        assert f"{Month.parse(month).label}{sheet}" in page["A1"]
        assert group.startswith(f"{int(month[5:])}月当月")
        assert heading == (page[f"B{rows[0]}"] if sheet == "市州汇总" else page[f"{letter}3"])
        if found[3]:
            assert {int(cell[1:]) for cell in page if cell[0] == letter} - {1, 2, 3} == set(rows), entry["cells"]
        amount = sum((Fraction(Decimal(str(page[f"{letter}{row}"]))) for row in rows), Fraction(0))
        return amount * 10_000 if entry["unit"] in MONEY else amount

    # What rests on the plan, the calendar, the register of projects, and the states of returns.
    def _plan(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        target = Target.objects.get(code=code.split("/")[1], item__plan__year=2013)
        promised = target.stretch if code.endswith("stretch") else target.floor or target.value
        scale = 10**8 if entry["unit"] in MONEY else 1
        assert promised is not None and Fraction(promised) * scale == PLAN[code]
        return Fraction(PLAN[code])

    def _calendar(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        month = int(code[-2:])
        return Fraction(12 - month) if code.startswith("calendar/left/") else Fraction(month * 100, 12)

    def _register(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        _, city, month, figure = code.split("/")
        assert (city in INCLUDED) == (month == "2013-06") and entry["region"] == city
        return Fraction(self.register.city_figures(city, date.fromisoformat(f"{month}-01"))[figure])

    def _state(self, code: str, entry: Mapping[str, Any]) -> Fraction:
        assert sorted(entry["returns"]) == sorted(f"{city}/2013-06" for city in self.states[code.split("/")[2]])
        return Fraction(len(entry["returns"]))

    @cached_property
    def states(self) -> dict[str, set[str]]:
        """Return the cities by state of their June return, such as late or missing."""
        returns = {
            str(monthly_return.pk): monthly_return.region_id
            for monthly_return in MonthlyReturn.objects.filter(month="2013-06-01")
        }

        def cities_with_event(verb: str) -> set[str]:
            events = Event.objects.filter(verb=verb, object_type="intake.monthlyreturn", object_id__in=returns)
            return {returns[event.object_id] for event in events}

        first = Round.objects.filter(monthly_return__month="2013-06-01", number=1)
        on_time = set(first.filter(sent_at__lte=DUE).values_list("monthly_return__region_id", flat=True))
        sent = cities_with_event("return.sent")
        return {
            "expected": cities_with_event("return.opened"),
            "on_time": on_time,
            "late": sent - on_time,
            "missing": cities_with_event("return.opened") - sent,
            "given_back": cities_with_event("return.given_back"),
            "accepted": cities_with_event("return.accepted"),
        }

    # What is worked out of other figures.
    def _inputs(self, entry: Mapping[str, Any]) -> list[Fraction | None]:
        return [self.amount(code) for code in entry["inputs"]]

    def _sum(self, code: str, entry: Mapping[str, Any]) -> Fraction | None:
        inputs = self._inputs(entry)
        parts = [part for part in inputs if part is not None]
        return sum(parts, Fraction(0)) if parts and len(parts) == len(inputs) else None

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
def shift_month(code: str, months: int) -> str:
    """Return the code of the same figure `months` months later, or earlier if negative."""
    return re.sub(r"20\d\d-\d\d", lambda month: str(Month.parse(month[0]).plus(months)), code, count=1)


def expected_inputs(code: str, has_amount: Callable[[str], bool]) -> list[str] | None:
    """Return the codes of the inputs from which a figure must be computed, or None if unknown."""
    stem, _, last = code.rpartition("/")
    indicator, region, month, *_ = [*code.split("/"), "", ""]
    base = {"yoy": -12, "mom": -1}.get(last)
    if base is not None:
        return [stem, shift_month(stem, base)]
    if last == "anew":
        return [f"{indicator}/{city}/{month}/ytd" for city in CITIES]
    if indicator == "projects.register":
        cities = [city for city in INCLUDED if region == "430000" or city in XIANGNAN]
        stages = [f"{stem}/in_{stage}" for stage in STAGES] if last == "active" else []
        return [code.replace(region, city) for city in cities] if region in ("430000", "xiangnan") else stages
    if indicator not in {*TYPED, *TOTALS} or not re.fullmatch(r"\d{6}|xiangnan", region):
        return None
    province = f"{indicator}/430000/2013-06/ytd"
    if last == "share":
        return [stem, province]
    if last == "rank":
        return [stem, *(rival for city in INCLUDED if has_amount(rival := stem.replace(region, city)))]
    if region in ("430000", "xiangnan"):
        return [code.replace(region, city) for city in INCLUDED if region == "430000" or city in XIANGNAN]
    if last == "ytd":
        year, number = month.split("-")
        return [f"{indicator}/{region}/{year}-{n:02}" for n in range(1, int(number) + 1)]
    return [code.replace(indicator, part) for part in TOTALS[indicator]] if indicator in TOTALS else []
