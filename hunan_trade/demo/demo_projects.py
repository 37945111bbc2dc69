"""Pure functions that invent the demo's projects, the same at every run.

In each city and month of 2013 as many are signed, with as much capital, as the city's summary says, but for the
three stories below. Their names say that they are invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from hunan_trade.demo.demo_figures import CITIES, LAST, SEED, City, DemoFigures, apportion
from hunan_trade.demo.demo_filing_times import working_days
from hunan_trade.periods import Month, months_between
from hunan_trade.regions.models import XIANGNAN
from projects.choices import Kind, ProjectClass, Stage

OPENING = Month(2012, 12)  # at whose end the register is opened with the projects of 2011 and 2012
FIRST_SIGNED, LAST_SIGNED = date(2011, 1, 10), date(2012, 11, 20)
EARLIER = 320
WAN = 10_000
YUAN, USD = "cny", "usd"

# Where register and summary differ by one project.
INCREASED_FOR_ONE = ("zhuzhou", Month(2013, 3))  # the summary takes an increase of capital for a project
ENTERED_LATE = ("changde", Month(2013, 5))  # one more was signed, entered in June and told late (补报)
VOIDED = ("loudi", Month(2013, 4))  # one was accepted, and voided in June since its contract never took effect
# Two of the projects that the city intends in the month may be one: the province has still to decide.
ENTERED_TWICE = ("changsha", LAST)
# Increases that hold, in 万 of their currency, which the summaries contain.
INCREASES: Mapping[tuple[str, Month], tuple[str, int]] = {
    INCREASED_FOR_ONE: (YUAN, 8_600),
    ("changsha", Month(2013, 4)): (USD, 300),
}

# Groups that investors of single projects belong to: by city, month and the project's place in the month.
GROUPS: Mapping[tuple[str, Month, int], str] = {
    ("changsha", Month(2013, 4), 0): "演示寰宇集团",  # its first project, the one that the summary of Changsha has, too
    ("hengyang", Month(2013, 5), 0): "演示寰宇",
    ("changsha", Month(2013, 5), 1): "演示寰宇集团",
    ("zhuzhou", Month(2013, 5), 0): "示例未上榜集团",
    ("chenzhou", Month(2013, 6), 0): "演示远洋电子集团",  # of June, whose return is not accepted
}

_PRODUCTS = (
    ("触控模组", "396"),
    ("制鞋", "195"),
    ("服饰", "181"),
    ("五金", "331"),
    ("家具", "211"),
    ("灯饰", "387"),
    ("工艺品", "243"),
    ("线缆", "383"),
    ("计算机配件", "391"),
    ("音响", "395"),
    ("模具", "352"),
    ("食品", "149"),
)
_PUBLIC_PRODUCTS = (
    ("保税仓储", ProjectClass.PLATFORM, Kind.LOGISTICS),
    ("技能培训", ProjectClass.PLATFORM, Kind.TRAINING),
    ("园区供水", ProjectClass.INFRASTRUCTURE, Kind.WATER),
    ("检测设计", ProjectClass.PLATFORM, Kind.DESIGN),
)
_DOMESTIC = (("440300", "深圳"), ("441900", "东莞"), ("330000", "浙江"), ("310000", "上海"), ("350000", "福建"))
_FOREIGN = (("810000", "香港"), ("710000", "台湾"), ("JPN", "日本"), ("KOR", "韩国"), ("SGP", "新加坡"))
_LATER = (Stage.LANDED, Stage.PRODUCED, Stage.OPERATING)
_PACE = {Stage.LANDED: (45, 150, 0.78), Stage.PRODUCED: (95, 240, 0.7), Stage.OPERATING: (65, 150, 0.6)}
_SLIPS = (0, 0, 0, 0, 0, 7, 14, 31, -10)  # days by which a stage came after its first promise


@dataclass(frozen=True)
class DemoProject:
    """An invented project: its form values, the month in which it is entered, and the date of each stage reached."""

    city: City
    entered_in: Month
    values: Mapping[str, Any]
    steps: Mapping[Stage, date]
    contracts: Mapping[str, int]  # in 万 by currency
    put_off_in: tuple[Month, ...] = ()  # months in which what is still to come is put off by a month
    is_entered_late: bool = False  # its signing is entered only after the month's return
    is_in_first_batch: bool = False

    @property
    def registered_on(self) -> date:
        return self.steps[Stage.LANDED] - timedelta(days=20)


def entry_day(city: City, month: Month) -> date:
    """Return the working day near the end of a month on which a demo city enters its projects."""
    return working_days(month.first, month.last)[-1 - CITIES.index(city) % 5]


def planned_projects(figures: DemoFigures) -> list[DemoProject]:
    """Return all projects of the demo, city by city."""
    shares = apportion(EARLIER, [city.projects for city in CITIES])
    return [
        project
        for city, share in zip(CITIES, shares, strict=True)
        for project in _projects_of_city(city, share, figures)
    ]


def additional_earlier_projects(number: int) -> Iterator[DemoProject]:
    """Yield `number` more demo projects, signed before 2013 and entered when the project register was opened."""
    for city, share in zip(CITIES, apportion(number, [city.projects for city in CITIES]), strict=True):
        draw, numbers = random.Random(f"{SEED}more{city.code}"), count(10_001)
        yield from (_project_signed_before_2013(city, next(numbers), draw) for _ in range(share))


def _projects_of_city(city: City, earlier: int, figures: DemoFigures) -> Iterator[DemoProject]:
    draw, numbers = random.Random(f"{SEED}projects{city.code}"), count(1)
    for _ in range(earlier):
        number = next(numbers)
        earlier_project = _project_signed_before_2013(city, number, draw)
        is_major = city.code in XIANGNAN and number % 9 not in (2, 7)
        yield _put_in_first_batch(earlier_project, number) if is_major else earlier_project
    for month in months_between(OPENING.next, LAST):
        days = working_days(month.first, entry_day(city, month))
        contracts = _contract_amounts(city, month, figures, draw)
        for at, contract in enumerate(contracts):
            late = (city.username_prefix, month) == ENTERED_LATE and at == len(contracts) - 1
            signed_on = days[-1] if late else draw.choice(days)
            intended_on = month.previous.first + timedelta(days=draw.randint(0, 18))
            project = _invent_project(city, next(numbers), draw, contract, intended_on, signed_on, late=late)
            groups = GROUPS.get((city.username_prefix, month, at), "")
            yield replace(project, values={**project.values, "investor_groups": groups})
        intended = []
        for _ in range(len(contracts) // 7 + (month == LAST) * (len(contracts) // 2 + 1)):
            intended_on = month.first + timedelta(days=draw.randint(0, 18))
            contract = {YUAN: draw.randint(30, 160) * 100}
            intended.append(_invent_project(city, next(numbers), draw, contract, intended_on, None))
        if (city.username_prefix, month) == ENTERED_TWICE:
            intended[1] = _make_probable_duplicate(intended[1], intended[0])
        yield from intended


def _make_probable_duplicate(project: DemoProject, other: DemoProject) -> DemoProject:
    """Return `project` with the investors of `other` and a similar name, so that it looks like a duplicate."""
    name = f"{other.values['name'].removesuffix('项目')}加工项目"
    return replace(project, values={**project.values, "name": name, "investors": other.values["investors"]})


def _project_signed_before_2013(city: City, number: int, draw: random.Random) -> DemoProject:
    signed_on = FIRST_SIGNED + timedelta(days=draw.randint(0, (LAST_SIGNED - FIRST_SIGNED).days))
    contract = {YUAN: draw.randint(25, 220) * 100} if draw.random() < 0.65 else {USD: draw.randint(20, 260) * 10}
    return _invent_project(city, number, draw, contract, signed_on - timedelta(days=draw.randint(20, 90)), signed_on)


def _put_in_first_batch(project: DemoProject, number: int) -> DemoProject:
    """Return a copy of a project in the first project batch, with an investment of at least 50 million dollars."""
    totals = {USD: (5_000 + number * 37 % 3_000) * WAN, YUAN: (32_000 + number * 211 % 30_000) * WAN}
    invested = {f"total_investment_{currency}": totals[currency] for currency in project.contracts}
    return replace(project, values={**project.values, **invested}, is_in_first_batch=True)


def _contract_amounts(city: City, month: Month, figures: DemoFigures, draw: random.Random) -> list[dict[str, int]]:
    """Return, for each project that a city signs in a month, its contract amounts in 万 (10,000) by currency."""
    story = (city.username_prefix, month)
    said = figures.filed_summary_texts(city, month)
    number = int(said["06"]) - (story == INCREASED_FOR_ONE)
    amounts = {YUAN: int(said["08"]), USD: int(said["10"])}
    if story in INCREASES:
        currency, increase = INCREASES[story]
        amounts[currency] -= increase
    contracts: list[dict[str, int]] = [{} for _ in range(number)]
    for currency, remainder in ((YUAN, 0), (USD, 1)):
        chosen = [c for at, c in enumerate(contracts) if number == 1 or (at % 3 == 1) == bool(remainder)]
        parts = apportion(amounts[currency], [draw.randint(30, 300) for _ in chosen]) if chosen else []
        for contract, part in zip(chosen, parts, strict=True):
            contract[currency] = part
    return [*contracts, {YUAN: 7_200}] if story == ENTERED_LATE else contracts


def _invent_project(
    city: City,
    number: int,
    draw: random.Random,
    contract: Mapping[str, int],
    intended_on: date,
    signed_on: date | None,
    *,
    late: bool = False,
) -> DemoProject:
    """Return an invented project with its form values, the stages that it reaches and its expected dates."""
    entered_in = OPENING if intended_on < OPENING.first else Month.of(intended_on)
    entered_in = Month.of(signed_on) if late and signed_on else entered_in
    steps = dict(_steps(city, signed_on, draw)) if signed_on else {}
    put_off_in: tuple[Month, ...] = ()
    if signed_on and Stage.PRODUCED not in steps and draw.random() < 0.08:
        months = list(months_between(max(Month.of(signed_on).next, OPENING.next), LAST))
        put_off_in = tuple(months[-draw.choice((1, 2, 3)) :])
    values = {
        **_form_values(city, number, draw, contract),
        "intended_on": intended_on,
        **_expected_days(intended_on, steps, draw, without_operation=bool(put_off_in)),
    }
    return DemoProject(city, entered_in, values, steps, contract, put_off_in, late)


def _steps(city: City, signed_on: date, draw: random.Random) -> Iterator[tuple[Stage, date]]:
    yield Stage.SIGNED, signed_on
    day = signed_on
    for stage in _LATER:
        least, most, chance = _PACE[stage]
        day += timedelta(days=draw.randint(least, most))
        if day > LAST.last or draw.random() > chance:
            return
        if day >= OPENING.first:
            day = min(day, entry_day(city, Month.of(day)))
        yield stage, day


def _expected_days(
    intended_on: date, steps: Mapping[Stage, date], draw: random.Random, *, without_operation: bool
) -> dict[str, date]:
    """Return each stage's originally expected date by field name: near the actual date, or else in the future."""
    days, last = {}, intended_on
    fields = (
        (Stage.SIGNED, "signed"),
        (Stage.LANDED, "landed"),
        (Stage.PRODUCED, "produced"),
        (Stage.OPERATING, "operated"),
    )
    for stage, field in fields:
        if stage == Stage.OPERATING and without_operation:
            break
        came_on = steps.get(stage)
        if came_on:
            expected = came_on - timedelta(days=draw.choice(_SLIPS))
        else:
            expected = max(last, date(2013, 6, 25)) + timedelta(days=draw.randint(20, 110))
        last = max(last, expected)
        days[f"expected_{field}_on"] = last
    return days


def _form_values(city: City, number: int, draw: random.Random, contract: Mapping[str, int]) -> dict[str, Any]:
    source, place = draw.choice(_FOREIGN if USD in contract else _DOMESTIC)
    product, industry = draw.choice(_PRODUCTS)
    kind: dict[str, Any] = {"project_class": ProjectClass.INDUSTRY, "industry": industry}
    if number % 13 == 6:
        product, project_class, of_class = draw.choice(_PUBLIC_PRODUCTS)
        kind = {"project_class": project_class, "kind": of_class}
    money = {f"contracted_{currency}": amount * WAN for currency, amount in contract.items()}
    money |= {
        f"total_investment_{currency}": amount * WAN * draw.randint(11, 15) // 10
        for currency, amount in contract.items()
    }
    return {
        "name": f"{city.name}演示{number:03}号{product}项目",
        "city": city.code,
        "investors": f"演示{place}{product}{number:03}有限公司",
        "source": source,
        "jobs": draw.randint(4, 90) * 10,
        "land_mu": draw.randint(2, 40) * 5,
        "note": "演示数据，并无此项目",
        **kind,
        **money,
    }
