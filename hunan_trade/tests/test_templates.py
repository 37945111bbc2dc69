"""The rules of the house for templates that their formatter does not know."""

from __future__ import annotations

from collections.abc import Iterator

from hunan_trade.tests.test_layers import ROOT

WIDEST = 120


def lines() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def test_no_line_of_a_template_is_wider_than_a_line_of_code():
    wide = [f"{place}: {len(line)}" for place, line in lines() if len(line) > WIDEST]
    assert not wide, "\n".join(wide)
