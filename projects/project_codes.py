"""Maps the 14 cities to letters and parses project codes that begin with them, such as CZ-2013-0146."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hunan_trade.text_cleaning import normal_form_for_comparison

CITY_LETTERS = {
    "430100": "CS",
    "430200": "ZZ",
    "430300": "XT",
    "430400": "HY",
    "430500": "SY",
    "430600": "YY",
    "430700": "CD",
    "430800": "ZJJ",
    "430900": "YI",  # 益阳, since YY is 岳阳
    "431000": "CZ",
    "431100": "YZ",
    "431200": "HH",
    "431300": "LD",
    "433100": "XX",
}
CITIES_BY_LETTERS = {letters: city for city, letters in CITY_LETTERS.items()}
MAX_NUMBER = 999_999
# Four digits at least, and no needless zeros before more: one project, one spelling.
_CODE = re.compile(rf"({'|'.join(CITIES_BY_LETTERS)})-([0-9]{{4}})-([0-9]{{4}}|[1-9][0-9]{{4,5}})")


@dataclass(frozen=True, order=True)
class ProjectCode:
    """Code of a project: its city and year at registration and a number, such as CZ-2013-0146 (CZ is 郴州)."""

    city: str  # code of the region, 431000
    year: int
    number: int

    def __post_init__(self) -> None:
        if self.city not in CITY_LETTERS:
            raise ValueError(f"{self.city!r} is none of the 14 cities")
        if not (1000 <= self.year <= 9999 and 1 <= self.number <= MAX_NUMBER):
            raise ValueError(f"no code for year {self.year} and number {self.number}")

    def __str__(self) -> str:
        return f"{CITY_LETTERS[self.city]}-{self.year}-{self.number:04}"


def parse_project_code(text: str) -> ProjectCode | None:
    """Parse a project code such as cz-2013-0146, also in full-width characters; return None for any other text."""
    match = _CODE.fullmatch(normal_form_for_comparison(text).upper())
    if match is None or match[2] < "1000" or int(match[3]) == 0:
        return None
    return ProjectCode(CITIES_BY_LETTERS[match[1]], int(match[2]), int(match[3]))
