"""Tests the text form of a figure's key, as stored reports and URLs contain it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hunan_trade.indicators.computed_values import FigureKey
from hunan_trade.periods import Month

MONTHS = st.builds(Month, st.integers(2000, 2099), st.integers(1, 12))
WORDS = st.text("abyz_.进出料", min_size=1, max_size=6)
SUBJECTS = WORDS | st.integers(1, 9_999_999_999).map(str)  # the id of an enterprise may look like a year
KEYS = st.builds(
    FigureKey,
    WORDS,
    MONTHS | st.integers(2000, 2099),
    st.just("") | SUBJECTS,
    st.lists(WORDS, max_size=3).map(tuple),
)


def parse_key(text: str) -> FigureKey:
    """Parse a key from its text, which proves that no two keys have the same text."""
    measure, *rest = text.split("/")
    subject = rest.pop(0) if len(rest) > 1 and _is_period(rest[1]) else ""
    period, *steps = rest
    return FigureKey(measure, Month.parse(period) if "-" in period else int(period), subject, tuple(steps))


def _is_period(text: str) -> bool:
    return re.fullmatch(r"20\d\d(-\d\d)?", text) is not None


@given(KEYS)
def test_the_text_of_a_key_parses_back_to_the_key(key: FigureKey) -> None:
    assert parse_key(key.text) == key


def test_key_texts_equal_those_in_known_urls() -> None:
    june = Month(2013, 6)
    for key, text in (
        (FigureKey("projects.jobs", june, "430100", ("ytd", "yoy")), "projects.jobs/430100/2013-06/ytd/yoy"),
        (FigureKey("projects.jobs", june).with_steps("slower"), "projects.jobs/2013-06/slower"),
        (FigureKey("target", 2013, "fortune_500").with_steps("stretch"), "target/fortune_500/2013/stretch"),
        (
            FigureKey("target", 2013, "fortune_500").with_period(june).with_steps("gap"),
            "target/fortune_500/2013-06/gap",
        ),
        (FigureKey("path", june), "path/2013-06"),
    ):
        assert key.text == text
