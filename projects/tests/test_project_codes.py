"""Tests the codes of projects and the letters of the cities in them."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.choices import KINDS_OF_CLASS, Kind
from projects.project_codes import CITY_LETTERS, MAX_NUMBER, ProjectCode, parse_project_code

CODES = st.builds(
    ProjectCode, st.sampled_from(sorted(CITY_LETTERS)), st.integers(1000, 9999), st.integers(1, MAX_NUMBER)
)


def test_each_city_has_letters_of_its_own() -> None:
    with resources.files("hunan_trade.regions").joinpath("data/regions_hunan_2013.csv").open(encoding="utf-8") as file:
        cities = {row["code"]: row["name"] for row in csv.DictReader(file) if row["level"] == "prefecture"}
    assert CITY_LETTERS.keys() == cities.keys() and len(set(CITY_LETTERS.values())) == 14
    assert cities["430900"] == "益阳市"
    assert (CITY_LETTERS["430900"], CITY_LETTERS["430600"], CITY_LETTERS["430800"]) == ("YI", "YY", "ZJJ")


def test_a_code_has_four_digits_and_more_only_from_10000_on() -> None:
    assert [str(ProjectCode("431000", 2013, number)) for number in (146, 9_999, 10_000, MAX_NUMBER)] == [
        "CZ-2013-0146",
        "CZ-2013-9999",
        "CZ-2013-10000",
        "CZ-2013-999999",
    ]


@given(CODES)
def test_a_code_is_read_back_as_written(code: ProjectCode) -> None:
    assert parse_project_code(str(code)) == code
    assert re.fullmatch(r"[A-Z]{2,3}-[0-9]{4}-[0-9]{4,6}", str(code))


@pytest.mark.parametrize("text", ["cz-2013-0146", "ＣＺ－２０１３－０１４６", " CZ-2013-0146 ", "CZ-2013-0146\u200b"])
def test_case_width_and_invisible_characters_make_no_other_code(text: str) -> None:
    """Codes are read by their normal form (traps R7)."""
    assert parse_project_code(text) == ProjectCode("431000", 2013, 146)


@pytest.mark.parametrize(
    "text",
    ["", "CZ-0146", "CZ-2013-146", "CZ-2013-00146", "CZ-2013-0000", "AB-2013-0146", "CZ-0013-0146",
     "CZ-2013-1000000", "CZ-2013-0146-1", "CZ2013-0146", "YI-2013-०१४६"],
)  # fmt: skip
def test_any_other_text_is_no_code(text: str) -> None:
    assert parse_project_code(text) is None


@pytest.mark.parametrize(("city", "year", "number"), [("430000", 2013, 1), ("431000", 13, 1), ("431000", 2013, 0)])
def test_a_code_of_no_city_year_or_number_cannot_be_made(city: str, year: int, number: int) -> None:
    with pytest.raises(ValueError):
        ProjectCode(city, year, number)


def test_every_kind_belongs_to_one_class() -> None:
    assert [kind for kinds in KINDS_OF_CLASS.values() for kind in kinds] == list(Kind)
