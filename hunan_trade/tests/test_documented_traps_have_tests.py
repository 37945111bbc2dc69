"""Tests that docs/traps.md names existing tests for each known failure of lists, and that these name it too."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
from django.conf import settings

LISTS = "hunan_trade/lists/tests/"
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (settings.BASE_DIR / "docs" / "traps.md").read_text().splitlines()
    if re.match(r"\| [A-Z]\d+ \|", line)
]
COUNTS = {"R": 12, "I": 8, "D": 3, "V": 9, "S": 3, "F": 8, "H": 7, "W": 5, "L": 2}


@cache
def docstrings(path: str) -> dict[str, str]:
    """Return the docstrings of a file's tests by name, with the module's before each."""
    module = ast.parse((settings.BASE_DIR / path).read_text())
    about = ast.get_docstring(module) or ""
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    for group in (node for node in module.body if isinstance(node, ast.ClassDef)):
        functions |= {f"{group.name}::{node.name}": node for node in group.body if isinstance(node, ast.FunctionDef)}
    return {name: f"{about} {ast.get_docstring(node) or ''}" for name, node in functions.items()}


def test_each_known_failure_has_its_line() -> None:
    assert [name for name, *_ in LINES] == [
        f"{part}{at}" for part, count in COUNTS.items() for at in range(1, count + 1)
    ]


@pytest.mark.parametrize(("name", "failure", "held_by"), LINES, ids=[name for name, *_ in LINES])
def test_the_tests_of_a_line_exist_and_name_it(name: str, failure: str, held_by: str) -> None:
    tests = re.findall(r"`([^`]+?)::([^`]+)`", held_by)
    assert failure and (tests or held_by.startswith("open: "))
    for path, function in tests:
        found = docstrings(path if "/" in path else LISTS + path)
        assert function in found, f"{path} has no {function}"
        assert re.search(rf"\(traps\b[^)]*\b{name}\b", found[function]), f"{function} does not name {name}"
