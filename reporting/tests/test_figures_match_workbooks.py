"""Tests that every figure of a report equals the result computed from its workbook cells.

Nothing of the project's arithmetic is imported: Fractions, and what stands in the database and in the files.
"""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions
from reporting.content_gathering_and_hashing import compose_document, gather_content, printed_figures
from reporting.document_parts import Paragraph
from reporting.kinds import ReportKind, get
from reporting.tests import factories
from reporting.tests.factories import JANUARY, Province
from targets.tests.plan_and_user_factories import load_regions_and_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
PRECISE = Fraction(1, 10**15)


@pytest.fixture
def two_cities() -> Province:
    load_regions_and_plan()
    people = factories.create_province()
    changsha, chenzhou = factories.create_city("430100"), factories.create_city("431000")
    for place, year, figures, projects in (
        (changsha, 2012, ("100.25", "40"), "3"),
        (changsha, 2013, ("150.5", "41.123456"), "4"),
        (chenzhou, 2012, ("80", "33.33"), "1"),
        (chenzhou, 2013, ("60.01", "30"), "2"),
    ):
        factories.accepted(place, Month(year, 1), figures, people.officer, i06=projects)
    return people


def recompute(entry: dict[str, Any], inputs: list[Fraction]) -> Fraction:
    match entry["how"]:
        case "sum":
            return sum(inputs, Fraction(0))
        case "difference":
            return inputs[0] - inputs[1]
        case "growth":
            return (inputs[0] - inputs[1]) / inputs[1] * 100
        case "ratio":
            return inputs[0] / inputs[1] * 100
        case "quotient":
            return inputs[0] / inputs[1]
        case "rank":
            return Fraction(1 + sum(1 for value in inputs[1:] if value > inputs[0]))
        case "count":
            return Fraction(len(inputs))
    raise AssertionError(entry["how"])


def sum_of_cells(entry: dict[str, Any], books: dict[int, Any]) -> Fraction:
    """Return the sum of the workbook cells that a figure's entry names."""
    place = re.fullmatch(r"(.+)!([A-Z]+\d+)(?::([A-Z]+\d+))?", entry["cells"])
    assert place
    sheet, first, last = place.groups()
    round_ = Round.objects.select_related("workbook").get(pk=entry["round"])
    if round_.pk not in books:
        books[round_.pk] = load_workbook(BytesIO(round_.workbook.read()))
    page = books[round_.pk][sheet]
    cells = [cell for row in page[f"{first}:{last or first}"] for cell in row]
    scale = 10_000 if entry["unit"] in ("usd", "cny") else 1
    return sum((Fraction(str(cell.value or 0)) * scale for cell in cells), Fraction(0))


@pytest.mark.parametrize("kind", ["monthly-bulletin", "quarterly-dispatch"])
def test_every_figure_equals_the_result_of_its_inputs_and_the_workbook_cells(two_cities: Province, kind: str) -> None:
    declared = get(kind)
    month = declared.last_month_of_period(JANUARY)  # the quarter's later months are missing: each city stops at January
    content, document = compose_document(declared, gather_content(declared, month))
    figures = content["figures"]
    books: dict[int, Any] = {}
    seen: dict[str, Any] = {}
    for code, entry in figures.items():
        seen[entry["how"]] = seen.get(entry["how"], 0) + 1
        amount = None if entry["amount"] is None else Fraction(entry["amount"])
        inputs = [figures[part]["amount"] for part in entry["inputs"]]
        if entry["observation"] is not None:
            row = Observation.objects.get(pk=entry["observation"])
            assert amount == Fraction(row.value or 0) == sum_of_cells(entry, books), code
            assert (entry["region"], entry["version"], entry["source"]) == (row.region_id, row.version, row.source)
        elif entry["how"] == "cell":
            assert amount == sum_of_cells(entry, books), code
        elif entry["how"] == "state":
            assert amount == len(entry["returns"])
        elif entry["how"] == "register":
            assert amount == 0  # the cities have no projects
        elif entry["how"] in ("plan", "calendar") or (entry["how"] == "observed" and amount is None):
            assert not entry["inputs"]
        elif amount is not None:
            values = [Fraction(text) for text in inputs]
            assert abs(amount - recompute(entry, values)) < PRECISE, code
        else:
            assert None in inputs or entry["note"], code
    assert {"observed", "sum", "growth", "ratio", "plan", "calendar", "state"} <= set(seen)
    if kind == "monthly-bulletin":
        assert {"rank", "cell", "difference", "quotient", "count", "plan", "calendar", "state"} <= set(seen)
    for figure in printed_figures(document):
        assert figure.text in figures[figure.code]["texts"]
        if figure.value is not None:  # what is printed is the exact amount rounded half up, in its printed unit
            scales = (1, 10_000, 100_000_000, 100)
            exact = abs(Fraction(figures[figure.code]["amount"]))
            shown = abs(Fraction(figure.value))
            half = Fraction(1, 2 * 10 ** max(0, -int(figure.value.as_tuple().exponent)))
            assert any(abs(exact / scale - shown) <= half for scale in scales), figure


def test_a_second_report_has_the_same_content_until_a_figure_is_corrected() -> None:
    load_regions_and_plan()
    people, changsha, declared = factories.create_province(), factories.create_city("430100"), get("monthly-bulletin")
    january = factories.accepted(changsha, JANUARY, ("150.5", "41"), people.officer)
    first, asked = gather_with_query_count(declared)
    again, asked_again = gather_with_query_count(declared)
    assert again == first and asked_again < asked
    assert not any("texts" in entry for entry in again["figures"].values())  # what one report printed is its own
    factories.correct_return(changsha, january, ("150.5", "42"), people, date(2013, 2, 20))
    corrected = gather_with_query_count(declared)[0]["figures"]["enterprises.processing_trade_import/430100/2013-01"]
    assert (corrected["amount"], corrected["version"]) == ("420000.00", 2)


def gather_with_query_count(kind: ReportKind) -> tuple[dict[str, Any], int]:
    """Return a report's content and the number of queries that gathered it."""
    with CaptureQueriesContext(connection) as asked:
        content = gather_content(kind, JANUARY)
    found = json.loads(json.dumps(content))
    compose_document(kind, content)
    return {name: part for name, part in found.items() if name != "as_of"}, len(asked)


def test_the_content_lists_every_round_it_is_based_on(two_cities: Province) -> None:
    content = gather_content(get("monthly-bulletin"), JANUARY)
    assert set(content["rounds"]) == set(Round.objects.values_list("pk", flat=True))


def test_month_states_are_counted_from_the_returns(two_cities: Province) -> None:
    figures = gather_content(get("monthly-bulletin"), JANUARY)["figures"]
    sent = {f"{r.region_id}/2013-01" for r in MonthlyReturn.objects.of_month(JANUARY) if r.first_sent_at}
    assert set(figures["returns/2013-01/on_time"]["returns"]) == sent == {"430100/2013-01", "431000/2013-01"}
    assert len(figures["returns/2013-01/missing"]["returns"]) == 12


def test_a_report_without_accepted_figures_says_that_there_are_none() -> None:
    regions.load_regions()
    declared = get("monthly-bulletin")
    with factories.clock_in_month_after(JANUARY):
        content, document = compose_document(declared, gather_content(declared, JANUARY))
    assert len(content["facts"]["excluded"]) == 14 and not document.annexes
    first = document.blocks[0]
    assert isinstance(first, Paragraph) and "各市州均无核定数" in str(first.runs[0])


def test_enterprises_of_an_excluded_city_are_not_counted() -> None:
    load_regions_and_plan()
    people = factories.create_province()
    changsha, chenzhou = factories.create_city("430100"), factories.create_city("431000")
    february = Month(2013, 2)
    factories.accepted(changsha, JANUARY, ("150", "50"), people.officer)
    factories.accepted(chenzhou, JANUARY, ("20000", "0"), people.officer)
    factories.accepted(changsha, february, ("150", "50"), people.officer)
    bulletin = gather_content(get("monthly-bulletin"), february)
    assert bulletin["figures"][bulletin["facts"]["above"]["100m"]]["amount"] == "0"
    assert [firm["city"] for firm in bulletin["facts"]["firms"]] == ["长沙"]
    factories.accepted(chenzhou, february, ("10", "0"), people.officer)
    bulletin = gather_content(get("monthly-bulletin"), february)
    assert bulletin["figures"][bulletin["facts"]["above"]["100m"]]["amount"] == "1"
